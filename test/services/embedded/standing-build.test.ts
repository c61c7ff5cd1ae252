import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { until } from '../../rig/until.ts'
import { InProcessTree } from './in-process-tree.ts'

/** A bit of everything that a plan may rest on. */
const ninjaTree = {
  // Before the graph, which is then not older than what it is made from, by any clock.
  conf: '',
  template: '',
  'build.ninja': `include rules.ninja
build build.ninja: regenerate conf | template
  generator = 1
build made.h: copy made.in
build a.o: compile a.c || made.h
build kept: keep kept.in
build dd: copy dd.in
build user: use user.in || dd
  dyndep = dd
build list: list directory
build group: phony a.o kept
build all: phony group user list
default all
`,
  'rules.ninja': `rule copy
  command = cp $in $out
rule use
  command = cp $in $out && cp $in user.more
rule compile
  command = ! grep bad $in && cat $in part.h made.h > $out && echo '$out: $in part.h made.h' > $out.d
  depfile = $out.d
  deps = gcc
rule keep
  command = cmp -s $in $out || cp $in $out
  restat = 1
rule list
  command = ls $in > $out
rule regenerate
  command = touch $out
`,
  'made.in': 'one',
  'a.c': 'one',
  'part.h': 'one',
  'kept.in': 'one',
  'dd.in': 'ninja_dyndep_version = 1\nbuild user | user.more: dyndep | kept\n',
  'user.in': 'one',
  'directory/file': '',
  'other.ninja': 'rule other\n  command = true $out\nbuild kept: other kept.in\ndefault kept\n',
}

const jsonTree = {
  'millrace.json': JSON.stringify({
    tasks: [
      { id: 'first', output_path: 'out', inputs: ['in'], command: 'cp in out' },
      { id: 'second', output_path: 'end', inputs: ['out'], command: 'cp out end' },
    ],
  }),
  in: 'one',
}

type Change = readonly [what: 'touch' | 'rewrite' | 'edit' | 'break' | 'delete' | 'other graph', path: string]

function changesOf(paths: readonly string[], more: readonly Change[]): fc.Arbitrary<Change> {
  const what = fc.constantFrom('touch', 'rewrite', 'edit', 'break', 'delete')
  const plain: fc.Arbitrary<Change> = fc.tuple(what as fc.Arbitrary<Change[0]>, fc.constantFrom(...paths))
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: fc.constantFrom(...more) })
}

/** Two trees that are the same, one of which keeps no plan to stand for later builds. */
class StandingTwin {
  readonly #trees: readonly [InProcessTree, InProcessTree]
  readonly #files: Readonly<Record<string, string>>
  readonly #t: ExecutionContext
  standing = 0
  #edits = 0

  constructor(t: ExecutionContext, files: Readonly<Record<string, string>>) {
    this.#t = t
    this.#files = files
    this.#trees = [new InProcessTree(t, files, false), new InProcessTree(t, files, true)]
  }

  /** Builds both; they must do the same. */
  async build(why: string, file?: string): Promise<void> {
    const [kept, forgetful] = [await this.#trees[0].build(file), await this.#trees[1].build(file)]
    this.#t.deepEqual([kept.end, kept.ran], [forgetful.end, forgetful.ran], why)
    this.#t.false(forgetful.isStanding)
    if (kept.isStanding) this.standing++
  }

  /** Builds until the plan stands that there is nothing to do, or until it is clear that there is none. */
  async settle(why: string): Promise<void> {
    const before = this.standing
    // The times of what was just written have to be past before a plan can stand.
    const since = Date.now()
    await until('a tick has passed', () => Date.now() - since > 20)
    for (let i = 0; i < 3 && this.standing === before; i++) await this.build(`${why}, to settle`)
  }

  async change([what, path]: Change): Promise<void> {
    if (what === 'other graph') return this.build(path, path)
    const edit = ++this.#edits
    for (const tree of this.#trees)
      if (what === 'touch') tree.touch(path)
      else if (what === 'delete') tree.remove(path)
      else if (path !== 'directory') {
        const content = this.#files[path] ?? ''
        tree.write(path, content + (what === 'edit' ? `\n# ${edit}\n` : what === 'break' ? '\nbad\n' : ''))
      } else tree.write(`directory/${edit}`, '')
  }

  /** Writes everything back that is a source. */
  restore(): void {
    for (const tree of this.#trees) for (const [path, text] of Object.entries(this.#files)) tree.write(path, text)
  }
}

async function sameWithAndWithout(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  change: fc.Arbitrary<Change>,
): Promise<void> {
  let standing = 0
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 4, maxLength: 8 }), async (changes) => {
      const twin = new StandingTwin(t, files)
      await twin.settle('at first')
      for (const [step, next] of changes.entries()) {
        const why = `${next.join(' ')} in step ${step}`
        await twin.change(next)
        await twin.build(why)
        if (step % 2 === 1) twin.restore()
        await twin.settle(why)
      }
      standing += twin.standing
    }),
    { numRuns: Number(process.env.RUNS ?? 4), endOnFailure: true },
  )
  t.log(`${standing} plans stood`)
  t.true(standing > 0)
}

test('with and without a standing plan the same runs after random changes of a ninja tree', async (t) => {
  const paths = [...Object.keys(ninjaTree), 'made.h', 'a.o', 'kept', 'dd', 'user', 'user.more', 'list', 'directory']
  await sameWithAndWithout(t, ninjaTree, changesOf(paths, [['other graph', 'other.ninja']]))
})

test('with and without a standing plan the same runs after random changes of a tree whose graph may be shadowed', async (t) => {
  const paths = ['millrace.json', 'in', 'out', 'end', 'build.ninja', 'compile_commands.json']
  await sameWithAndWithout(t, jsonTree, changesOf(paths, [['edit', 'build.ninja']]))
})

test('a plan stops standing when another graph’s task has replaced a result and left its file as it was', async (t) => {
  const twin = new StandingTwin(t, ninjaTree)
  await twin.settle('at first')
  t.is(twin.standing, 1)
  await twin.build('another graph', 'other.ninja')
  await twin.build('the first graph again')
})
