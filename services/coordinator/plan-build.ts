import type { BuildPlanned, BuildRequest } from '../../events/build-events.ts'
import type { Digest } from '../../events/digest.ts'
import type { LastResults } from '../../events/last-results.ts'
import { toRanges } from '../../events/ranges.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { BuildGraph, TaskNumber } from '../../machines/graph/build-graph.ts'
import { resolveTargets } from '../../machines/graph/targets.ts'
import { TaskGraph } from '../../machines/graph/task-graph.ts'
import { addDiscovered, type Discovered } from './discovered-dependencies.ts'
import { loadDyndep, type ReadText } from './load-dyndep.ts'
import { TaskLookUp } from './look-up.ts'

export interface PlanInput {
  readonly graph: BuildGraph
  readonly graphDigest: Digest
  readonly request: Pick<BuildRequest, 'targets'>
  readonly results: LastResults
  readonly tree: SourceTree
  readonly readText: ReadText
}

export type PlanResult =
  | { readonly ok: true; readonly event: BuildPlanned; readonly toRun: readonly TaskNumber[]; readonly tasks: TaskGraph }
  | { readonly ok: false; readonly message: string }

/**
 * Compares what is wanted with what is on disk: which tasks' last results still stand for sure, because all they depend
 * on stand too. The others are looked up again when they are ready, since what they need may come out unchanged.
 */
export async function planBuild(input: PlanInput): Promise<PlanResult> {
  const dyndeps: BuildPlanned['dyndeps'][number][] = []
  for (;;) {
    const tasks = new TaskGraph(input.graph)
    for (const dyndep of dyndeps) tasks.addDyndep(dyndep.tasks)
    const targets = resolveTargets(tasks, input.request.targets)
    if (!targets.ok) return targets
    const discovered = addDiscovered(tasks, input.results)
    const wanted = tasks.closure(targets.tasks)
    const order = tasks.order(wanted)
    const lookUp = new TaskLookUp(tasks, input.results, input.tree)
    const digests = await digestAll(tasks, order, lookUp, input.tree, targets.files.map((file) => input.graph.files[file]!))

    const missing = missingSource(tasks, order, targets.files.map((file) => input.graph.files[file]!), digests)
    if (missing !== undefined) return { ok: false, message: missing }
    const stands = whatStands(tasks, order, lookUp, digests, discovered)

    const loadable = nextDyndep(tasks, order, stands, new Set(dyndeps.map((dyndep) => dyndep.file)))
    if (loadable !== undefined) {
      const loaded = loadDyndep(tasks, loadable, input.readText)
      if (!loaded.ok) return loaded
      dyndeps.push(loaded.event)
      continue
    }
    const commands = order.filter((task) => input.graph.tasks[task]!.command !== undefined)
    const toRun = [...commands.filter((task) => stands[task] === 0)]
    return {
      ok: true,
      tasks,
      toRun,
      event: {
        type: 'build-planned',
        graph: input.graphDigest,
        upToDate: toRanges([...commands.filter((task) => stands[task] === 1)].sort((a, b) => a - b)),
        discovered: [...discovered].flatMap(([task, makers]) => makers.flatMap((maker) => [task, maker])),
        dyndeps,
        durations: durationsOf(input, toRun),
      },
    }
  }
}

async function digestAll(
  tasks: TaskGraph,
  order: Int32Array,
  lookUp: TaskLookUp,
  tree: SourceTree,
  targetFiles: readonly string[],
): Promise<ReadonlyMap<string, Digest | null>> {
  const paths = new Set<string>(targetFiles)
  for (const task of order) {
    const { command, orderOnly } = tasks.graph.tasks[task]!
    for (const path of lookUp.declarations.pathsToLookAt(task)) paths.add(path)
    for (const file of orderOnly) if (tasks.maker(file) === undefined) paths.add(tasks.graph.files[file]!)
    if (command !== undefined) for (const path of lookUp.paths(task)) paths.add(path)
  }
  const list = [...paths]
  const digests = await tree.digests(list)
  return new Map(list.map((path, i) => [path, digests[i] ?? null]))
}

function missingSource(
  tasks: TaskGraph,
  order: Int32Array,
  targetFiles: readonly string[],
  digests: ReadonlyMap<string, Digest | null>,
): string | undefined {
  const { files, tasks: all } = tasks.graph
  for (const task of order) {
    const { inputs, orderOnly, outputs } = all[task]!
    for (const file of [...inputs, ...orderOnly])
      if (tasks.maker(file) === undefined && digests.get(files[file]!) === null)
        return `'${files[file]}', needed by '${files[outputs[0] ?? -1] ?? all[task]!.id}', is missing and no task makes it`
  }
  for (const path of targetFiles) if (digests.get(path) === null) return `unknown target '${path}': no task makes it`
  return undefined
}

/** By task: 1 where the last result stands. */
function whatStands(
  tasks: TaskGraph,
  order: Int32Array,
  lookUp: TaskLookUp,
  digests: ReadonlyMap<string, Digest | null>,
  discovered: Discovered,
): Uint8Array {
  const stands = new Uint8Array(tasks.graph.tasks.length)
  const digestNow = (path: string) => digests.get(path) ?? null
  for (const task of order) {
    if (tasks.graph.tasks[task]!.command === undefined) continue
    const isMade = (maker: TaskNumber) => stands[maker] === 1
    if (!lookUp.declarations.makers(task).every(isMade)) continue
    if (!(discovered.get(task) ?? []).every(isMade)) continue
    if (lookUp.judge(task, digestNow).reason === null) stands[task] = 1
  }
  return stands
}

/** A dyndep file that is as its maker made it (or that no task makes) and has not been read. */
function nextDyndep(
  tasks: TaskGraph,
  order: Int32Array,
  stands: Uint8Array,
  loaded: ReadonlySet<string>,
): string | undefined {
  for (const task of order) {
    const { dyndep } = tasks.graph.tasks[task]!
    if (dyndep === undefined || loaded.has(tasks.graph.files[dyndep]!)) continue
    const maker = tasks.maker(dyndep)
    if (maker === undefined || stands[maker] === 1) return tasks.graph.files[dyndep]!
  }
  return undefined
}

function durationsOf({ graph, results }: PlanInput, commands: Iterable<TaskNumber>): readonly number[] {
  const durations: number[] = []
  for (const task of commands) {
    const last = results.of(graph.tasks[task]!.id)
    if (last !== undefined && last.runMs > 0) durations.push(task, Math.max(1, Math.round(last.runMs)))
  }
  return durations
}
