import { mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { measure, type Run } from './measure.ts'

export interface Contender {
  readonly argv: readonly string[]
  readonly tree: string
  readonly env: NodeJS.ProcessEnv
  /** What it remembers of earlier builds. */
  readonly memory: readonly string[]
  /** File for what it prints. */
  readonly outputPath: string
}

/** What all contenders are started with. */
export const jobs = `-j${availableParallelism() + 2}`

/** Millrace with a tree, a state and a cache of its own, all below `home`. */
export function millraceIn(home: string, millrace: readonly string[]): Contender {
  const [state, cache] = [join(home, 'state'), join(home, 'cache')]
  return {
    ...directoriesIn(home),
    argv: [...millrace, 'build', jobs],
    env: { XDG_STATE_HOME: state, XDG_CACHE_HOME: cache },
    memory: [state, cache],
  }
}

/** ninja with a tree of its own below `home`. */
export function ninjaIn(home: string, env: NodeJS.ProcessEnv = {}): Contender {
  const directories = directoriesIn(home)
  const memory = ['.ninja_log', '.ninja_deps'].map((name) => join(directories.tree, name))
  return { ...directories, argv: ['ninja', jobs], env, memory }
}

export function directoriesIn(home: string): Pick<Contender, 'tree' | 'outputPath'> {
  const tree = join(home, 'tree')
  mkdirSync(tree, { recursive: true })
  return { tree, outputPath: join(home, 'output') }
}

/** Runs a contender once in its tree. */
export function start({ argv, tree, env, outputPath }: Contender): Promise<Run> {
  return measure(argv, tree, env, outputPath)
}

/** Throws unless Millrace's summary of its last run has these counts. */
export function checkSummary(
  { outputPath }: Contender,
  expected: Readonly<Partial<Record<'up to date' | 'cached' | 'run', number>>>,
): void {
  const summary = readFileSync(outputPath, 'utf8').trimEnd().split('\n').at(-1)!
  for (const [count, value] of Object.entries(expected))
    if (!summary.includes(` ${value} ${count},`)) throw new Error(`not ${value} ${count}: ${summary}`)
}
