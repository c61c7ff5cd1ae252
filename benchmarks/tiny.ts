import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { measure, type Run } from './measure.ts'
import { resultsTable } from './results-table.ts'

// How much does Millrace itself cost? 10,101 tasks that do next to nothing, beside ninja on the same manifest.

const copiesCount = 10_000
const copiesPerPart = 100
const roundsCount = 5

export interface BenchmarkSurroundings {
  /** Empty and removed afterwards. */
  readonly directory: string
  /** Command that starts the compiled Millrace. */
  readonly millrace: readonly string[]
}

interface Contender {
  readonly argv: readonly string[]
  readonly tree: string
  readonly env: NodeJS.ProcessEnv
  /** What it remembers of earlier builds. */
  readonly memory: readonly string[]
}

export async function tiny({ directory, millrace }: BenchmarkSurroundings): Promise<void> {
  const jobs = `-j${availableParallelism() + 2}`
  const ninjaVersion = execFileSync('ninja', ['--version'], { encoding: 'utf8' }).trim()
  const ninjaTree = join(directory, 'ninja-tree')
  const millraceTree = join(directory, 'millrace-tree')
  const state = join(directory, 'state')
  const contenders: Record<string, Contender> = {
    millrace: {
      argv: [...millrace, 'build', jobs],
      tree: millraceTree,
      env: { XDG_STATE_HOME: state },
      memory: [state],
    },
    ninja: { argv: ['ninja', jobs], tree: ninjaTree, env: {}, memory: [join(ninjaTree, '.ninja_log')] },
  }
  console.log(`${copiesCount} copies and ${partsCount + 1} concatenations, ${jobs}, ninja ${ninjaVersion}`)
  console.log(`medians of ${roundsCount} runs, in turn; memory is the peak of the build tool's own process\n`)
  for (const { tree } of Object.values(contenders)) writeTree(tree)

  const clean = await rounds('from clean', contenders, forget)
  for (const contender of Object.values(contenders)) await run(contender)
  const nothing = await rounds('nothing to do', contenders, () => {})
  const start: Run[] = []
  for (let round = 0; round < roundsCount; round += 1)
    start.push(await measure([process.execPath, '-e', '0'], directory))

  console.error()
  console.log(
    resultsTable([
      { title: 'from clean', contenders: clean, peer: 'ninja' },
      { title: 'nothing to do', contenders: { ...nothing, 'node -e 0': start }, peer: 'ninja' },
    ]),
  )
}

const partsCount = copiesCount / copiesPerPart

/** Runs the contenders in turn, so that a change of the machine's mood meets all of them. */
async function rounds(
  title: string,
  contenders: Readonly<Record<string, Contender>>,
  prepare: (contender: Contender) => void,
): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = {}
  for (let round = 0; round < roundsCount; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      prepare(contender)
      const result = await run(contender)
      console.error(`  ${title}, ${round + 1} of ${roundsCount}: ${name} ${(result.wallMs / 1000).toFixed(2)} s`)
      runs[name] = [...(runs[name] ?? []), result]
    }
  }
  return runs
}

async function run({ argv, tree, env }: Contender): Promise<Run> {
  const result = await measure(argv, tree, env)
  const { size } = statSync(join(tree, 'out/all'))
  if (size !== copiesCount * contentOf(0).length) throw new Error(`${argv.join(' ')} made out/all of ${size} bytes`)
  return result
}

function forget({ tree, memory }: Contender): void {
  for (const path of [...memory, join(tree, 'out')]) rmSync(path, { recursive: true, force: true })
}

const nameOf = (copy: number) => String(copy).padStart(5, '0')
const contentOf = (copy: number) => `${nameOf(copy)}\n`

function writeTree(tree: string): void {
  mkdirSync(join(tree, 'in'), { recursive: true })
  const lines = ['rule copy', '  command = cp $in $out', 'rule concatenate', '  command = cat $in > $out']
  const parts: string[][] = []
  for (let copy = 0; copy < copiesCount; copy += 1) {
    const name = nameOf(copy)
    writeFileSync(join(tree, 'in', name), contentOf(copy))
    lines.push(`build out/${name}: copy in/${name}`)
    const part = Math.floor(copy / copiesPerPart)
    parts[part] = [...(parts[part] ?? []), `out/${name}`]
  }
  parts.forEach((copies, part) => {
    lines.push(`build out/part-${part}: concatenate ${copies.join(' ')}`)
  })
  lines.push(`build out/all: concatenate ${parts.map((_, part) => `out/part-${part}`).join(' ')}`)
  writeFileSync(join(tree, 'build.ninja'), `${lines.join('\n')}\n`)
}
