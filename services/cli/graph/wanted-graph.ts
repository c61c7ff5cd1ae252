import type { LastResults } from '../../../events/last-results.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import { cycleMessage, dependencyCycle } from '../../../machines/graph/dependency-cycle.ts'
import { FileUse } from '../../../machines/graph/file-use.ts'
import { canonicalize } from '../../../machines/graph/ninja/canonical-path.ts'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { type CriticalPath, criticalPath } from '../../../machines/scheduling/critical-path.ts'
import { canonicalTarget } from '../../canonical-target.ts'
import { addDiscovered, withDiscoveredReaders } from '../../coordinator/discovered-dependencies.ts'
import { graphFilesIn } from '../../coordinator/graph-files.ts'
import { readGraph } from '../../coordinator/read-graph.ts'
import type { Engine } from '../../embedded/engine.ts'
import { WorkTree } from '../../embedded/work-tree.ts'
import { readTextIn } from '../../in-directory.ts'
import { UserError } from '../../user-error.ts'
import { loadDyndeps } from '../made-files.ts'

export interface WantedOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  readonly targets: readonly string[]
  /** Also the task that makes the graph file, which a build looks at before anything else. */
  readonly isManifestToo: boolean
}

/** The part of a build graph that is asked about, with what earlier builds told of it. */
export interface WantedGraph {
  readonly directory: string
  readonly tasks: TaskGraph
  /** Wanted tasks, dependencies before dependents. */
  readonly order: Int32Array
  readonly use: FileUse
  readonly criticalPath: CriticalPath
  /** Duration of a task's last run in ms; `undefined` when it has none on record. */
  readonly durationMs: (task: TaskNumber) => number | undefined
  /** The task that makes the graph file, where that is asked for and there is one. */
  readonly manifestTask: TaskNumber | undefined
}

/** Reads the graph and what is on record of it, and changes nothing. Throws {@link UserError}. */
export async function readWantedGraph(
  options: WantedOptions,
  engine: Engine,
  notice: (line: string) => void,
): Promise<WantedGraph> {
  const { directory } = options
  const tree = new WorkTree(directory, engine.sourceTree(directory), engine.log, engine.snapshots)
  for (const line of await tree.load()) notice(line)
  const result = await readGraph(graphFilesIn(directory), options.file)
  if (!result.ok) throw new UserError(result.message)
  const { graph, file } = result.read
  const tasks = new TaskGraph(graph)
  loadDyndeps(tasks, readTextIn(directory))
  const names = withDiscoveredReaders(options.targets.map(canonicalTarget), graph, tree.results)
  const targets = resolveTargets(tasks, names)
  if (!targets.ok) throw new UserError(targets.message)
  addDiscovered(tasks, tree.results)
  const manifestTask = options.isManifestToo ? tasks.makerOfPath(canonicalize(file)) : undefined
  const order = orderOf(tasks, manifestTask === undefined ? targets.tasks : [manifestTask, ...targets.tasks])
  const durationMs = durationsOf(tasks, tree.results)
  return {
    directory,
    tasks,
    order,
    use: new FileUse(tasks, order, tree.results),
    criticalPath: criticalPath({ tasks, order, durationMs }),
    durationMs,
    manifestTask,
  }
}

function orderOf(tasks: TaskGraph, targets: readonly TaskNumber[]): Int32Array {
  const wanted = tasks.closure(targets)
  const order = tasks.order(wanted)
  if (order.length === wanted.reduce((sum, flag) => sum + flag, 0)) return order
  const roots = [...targets, ...wanted.keys().filter((task) => wanted[task] === 1)]
  const cycle = dependencyCycle(roots, (task, visit) => tasks.eachDependency(task, visit)) ?? []
  throw new UserError(cycleMessage(cycle.map((task) => tasks.graph.tasks[task]!.id)))
}

function durationsOf({ graph }: TaskGraph, results: LastResults): WantedGraph['durationMs'] {
  return (task) => {
    const { id, command } = graph.tasks[task]!
    return command === undefined ? undefined : results.of(id)?.runMs
  }
}
