import test from 'ava'
import fc from 'fast-check'
import { NinjaTwin } from './ninja-twin.ts'

/** A task in numbers; files are picked among the sources and what earlier tasks make. */
interface Draft {
  readonly kind: 'command' | 'restat' | 'deps' | 'depfile' | 'phony'
  readonly outputs: number
  readonly explicit: readonly number[]
  readonly implicit: readonly number[]
  readonly orderOnly: readonly number[]
  readonly validation: number | null
}

type Change = readonly [what: 'edit' | 'delete' | 'flag', which: number]

const picks = (max: number) => fc.array(fc.nat(), { maxLength: max })
const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom('command', 'command', 'restat', 'deps', 'depfile', 'phony'),
  outputs: fc.integer({ min: 1, max: 2 }),
  explicit: picks(2),
  implicit: picks(2),
  orderOnly: picks(2),
  validation: fc.option(fc.nat(), { freq: 5 }),
})
const change: fc.Arbitrary<Change> = fc.tuple(fc.constantFrom('edit', 'delete', 'flag'), fc.nat())

const sources = ['s0', 's1', 's2', 'h0']

/** The manifest of the drafts; `flags`: by task, changes its command. */
function manifestOf(drafts: readonly Draft[], flags: readonly number[]): string {
  const rule = (name: string, more: string) =>
    `rule ${name}\n  command = for f in $out; do cat $all /dev/null > $$f 2>/dev/null; done; $depfile_command true $flag\n${more}`
  const lines = [
    rule('command', ''),
    rule('restat', '  restat = 1\n'),
    rule('deps', '  depfile = $first.d\n  deps = gcc\n'),
    rule('depfile', '  depfile = $first.d\n'),
  ]
  const files = [...sources]
  const phony = new Set<string>()
  for (const [task, { kind, outputs, validation, ...inputs }] of drafts.entries()) {
    const pick = (numbers: readonly number[]) => [...new Set(numbers.map((number) => files[number % files.length]!))]
    const [explicit, implicit, orderOnly] = [pick(inputs.explicit), pick(inputs.implicit), pick(inputs.orderOnly)]
    const made = Array.from({ length: outputs }, (_, i) => `o${task}.${i}`)
    const validated = validation === null ? '' : ` |@ o${validation % drafts.length}.0`
    lines.push(
      `build ${made.join(' ')}: ${kind} ${explicit.join(' ')} | ${implicit.join(' ')} || ${orderOnly.join(' ')}${validated}\n`,
    )
    if (kind !== 'phony')
      lines.push(`  all = ${[...explicit, ...implicit].join(' ')}\n  flag = ${flags[task]}\n  first = ${made[0]}\n`)
    const headers = ['h0', ...orderOnly.filter((path) => !phony.has(path))]
    if (kind === 'deps' || kind === 'depfile')
      lines.push(`  depfile_command = echo '${made[0]}: ${headers.join(' ')}' > ${made[0]}.d;\n`)
    if (kind === 'phony') for (const path of made) phony.add(path)
    files.push(...made)
  }
  return lines.join('')
}

test('of random manifests, a dry run prints what ninja prints, clean, built, and after random changes', (t) => {
  fc.assert(
    fc.property(
      fc.array(draft, { minLength: 3, maxLength: 9 }),
      fc.array(change, { minLength: 2, maxLength: 4 }),
      (drafts, changes) => {
        const flags = drafts.map(() => 0)
        const text = manifestOf(drafts, flags)
        const twin = new NinjaTwin(t, {
          'build.ninja': text,
          ...Object.fromEntries(sources.map((path) => [path, path])),
        })
        twin.same(t, `clean\n${text}`)
        twin.build(t)
        twin.same(t, `built\n${text}`)
        for (const [step, [what, which]] of changes.entries()) {
          const task = which % drafts.length
          if (what === 'edit') twin.each((tree) => tree.write(sources[which % sources.length]!, `${step}`))
          else if (what === 'flag') {
            flags[task]!++
            twin.each((tree) => tree.write('build.ninja', manifestOf(drafts, flags)))
          } else if (twin.ours.has(`o${task}.0`)) twin.each((tree) => tree.remove(`o${task}.0`))
          twin.same(t, `${what} ${which} in step ${step}\n${text}`)
          if (step % 2 === 0) twin.build(t)
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 8), endOnFailure: true },
  )
})
