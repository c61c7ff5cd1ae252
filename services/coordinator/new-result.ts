import type { ResultOrigin } from '../../events/action-result.ts'
import type { NotKept } from '../../events/cache-miss.ts'
import type { Digest, FileVersion } from '../../events/digest.ts'
import type { KeepOrder } from '../../events/task-order.ts'
import type { KeptOutputs } from '../../events/task-report.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { compilerCommand } from '../../machines/commands/compiler-command.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import type { Roots } from '../../machines/keys/roots.ts'
import type { TaskDeclarations } from '../../machines/keys/task-now.ts'
import type { NewResult } from './cached-results.ts'

/** What tells which results belong to the tasks of a plan. */
export interface ResultContext {
  readonly tasks: TaskGraph
  readonly declarations: TaskDeclarations
  readonly tree: SourceTree
  readonly roots: Roots
}

/** A run that ended well, and what was stored of it. */
export interface StoredRun {
  readonly task: TaskNumber
  readonly kept: KeptOutputs
  readonly outputs: readonly FileVersion[]
  /** What the command read beyond its declared inputs. */
  readonly discovered: readonly FileVersion[]
  readonly origin: Omit<ResultOrigin, 'task' | 'roots'>
}

/**
 * Flags by which what is made works with the names in it: where an instrumented program writes its profile (GCC's manual,
 * `-fprofile-arcs`), search paths and loader of programs by other flags than `-rpath` (ld's manual).
 */
const usesNames = /(?:^|\s)-fprofile-(?:generate|arcs)|(?:-Wl,(?:\S*,)?|-Xlinker\s+)(?:-R|-I|--?dynamic-linker)/

/** What is to be known for storing a task's outputs. `inputs`: the declared ones, as they were when it was looked up. */
export function keepOrder(
  task: TaskNumber,
  inputs: readonly FileVersion[],
  { tasks, roots }: Pick<ResultContext, 'tasks' | 'roots'>,
): KeepOrder {
  const { command, cwd, rspfile } = tasks.graph.tasks[task]!
  const text = `${'shell' in command! ? command.shell : command!.argv.join(' ')} ${rspfile?.content ?? ''}`
  const mayNameRoots = compilerCommand(command!, cwd, rspfile?.content) !== undefined && !usesNames.test(text)
  return { inputs, roots: roots.paths, mayNameRoots, mayHaveRunPath: /rpath|\.so\b/.test(text) }
}

/** What a run made, in the form of the cache. */
export function newResult(run: StoredRun, { tasks, declarations, tree, roots }: ResultContext): NewResult | NotKept {
  const { task, kept, outputs, discovered, origin } = run
  const unknown = discovered.find(([, digest]) => digest === null)
  if (unknown !== undefined) return { kind: 'input-changed', path: unknown[0] }
  const own = new Set(outputs.map(([path]) => path))
  const made = new Set<Digest>()
  const add = (path: string, digest: Digest | null) => {
    if (digest !== null && !own.has(path) && tasks.makerOfPath(path) !== undefined) made.add(digest)
  }
  declarations.eachInput(task, (path) => add(path, tree.digest(path)))
  for (const [path, digest] of discovered) add(path, digest)
  return {
    task,
    result: {
      outputs: kept.outputs.map((entry) => ({ ...entry, path: roots.toKey(entry.path) })),
      ...(kept.printed === undefined ? {} : { printed: kept.printed }),
      madeInputs: [...made],
      origin: { ...origin, task: tasks.graph.tasks[task]!.id, roots: roots.paths },
    },
    discovered: discovered as readonly (readonly [string, Digest])[],
    isBound: kept.isBound,
  }
}
