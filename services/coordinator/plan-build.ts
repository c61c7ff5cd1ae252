import type { BuildPlanned, BuildRequest } from '../../events/build-events.ts'
import type { Digest, FileVersion } from '../../events/digest.ts'
import type { LastResults } from '../../events/last-results.ts'
import { toRanges } from '../../events/ranges.ts'
import type { VariableValue } from '../../events/surroundings.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { BuildGraph, FileNumber, TaskNumber } from '../../machines/graph/build-graph.ts'
import { cycleMessage, dependencyCycle } from '../../machines/graph/dependency-cycle.ts'
import { resolveTargets } from '../../machines/graph/targets.ts'
import { TaskGraph } from '../../machines/graph/task-graph.ts'
import { addDiscovered, type Discovered } from './discovered-dependencies.ts'
import { loadDyndep, type ReadText } from './load-dyndep.ts'
import { TaskLookUp } from './look-up.ts'
import type { SurroundingsContext } from './task-surroundings.ts'

export interface PlanInput {
  readonly graph: BuildGraph
  /** Keeps the graph and returns its digest; called only when the plan is good. */
  readonly keepGraph: () => Digest | Promise<Digest>
  readonly request: Pick<BuildRequest, 'targets'>
  readonly results: LastResults
  readonly tree: SourceTree
  readonly surroundings: Omit<SurroundingsContext, 'tree'>
  readonly readText: ReadText
}

/** `toRun`: the tasks that may have to run, dependencies before dependents. */
export type PlanResult =
  | {
      readonly ok: true
      readonly event: BuildPlanned
      readonly toRun: readonly TaskNumber[]
      readonly tasks: TaskGraph
      /** Environment variables and programs that the plan rests on. */
      readonly variables: readonly VariableValue[]
      readonly tools: readonly FileVersion[]
    }
  | { readonly ok: false; readonly message: string }

/**
 * Compares what is wanted with what is on disk: which tasks' last results still stand for sure, because all they depend
 * on stand too. The others are looked up again when they are ready, since what they need may come out unchanged.
 *
 * The message of a plan that can't be made is one line: an unknown target, a cycle, a missing source, a bad dyndep file.
 */
export async function planBuild(input: PlanInput): Promise<PlanResult> {
  const { graph, results, tree } = input
  const dyndeps: BuildPlanned['dyndeps'][number][] = []
  for (;;) {
    const tasks = declaredTasks(graph, dyndeps)
    const targets = resolveTargets(tasks, input.request.targets)
    if (!targets.ok) return targets
    const discovered = addDiscovered(tasks, results)
    const wanted = tasks.closure(targets.tasks)
    const order = tasks.order(wanted)
    const cycle = cycleAmong(tasks, targets.tasks, wanted, order)
    if (cycle !== undefined) return { ok: false, message: cycle }

    const loaded = new Set(dyndeps.map((dyndep) => dyndep.file))
    const lookUp = new TaskLookUp(tasks, results, { ...input.surroundings, tree })
    const targetFiles = targets.files.map((file) => graph.files[file]!)
    await lookUp.prepare(order.filter((task) => graph.tasks[task]!.command !== undefined))
    await lookAtFiles(tasks, order, lookUp, tree, targetFiles)
    const stands = whatStands(tasks, order, lookUp, discovered, loaded)
    const missing = missingSource(tasks, order, stands, targetFiles, tree)
    if (missing !== undefined) return { ok: false, message: missing }

    const loadable = loadableDyndeps(tasks, order, stands, loaded)
    if (loadable.length > 0) {
      // Judged without what earlier runs read, which may be out of date.
      const declared = declaredTasks(graph, dyndeps)
      for (const file of loadable) {
        const dyndep = loadDyndep(declared, file, input.readText)
        if (!dyndep.ok) return dyndep
        declared.addDyndep(dyndep.event.tasks)
        dyndeps.push(dyndep.event)
      }
      continue
    }
    const commands = order.filter((task) => graph.tasks[task]!.command !== undefined)
    const toRun = [...commands.filter((task) => stands[task] === 0)]
    return {
      ok: true,
      tasks,
      toRun,
      variables: lookUp.surroundings.variables(),
      tools: lookUp.surroundings.tools(),
      event: {
        type: 'build-planned',
        graph: await input.keepGraph(),
        upToDate: toRanges([...commands.filter((task) => stands[task] === 1)].sort((a, b) => a - b)),
        discovered: [...discovered].flatMap(([task, makers]) => makers.flatMap((maker) => [task, maker])),
        dyndeps,
        durations: durationsOf(input, toRun),
      },
    }
  }
}

function declaredTasks(graph: BuildGraph, dyndeps: BuildPlanned['dyndeps']): TaskGraph {
  const tasks = new TaskGraph(graph)
  for (const dyndep of dyndeps) tasks.addDyndep(dyndep.tasks)
  return tasks
}

/** Tells of wanted tasks that wait for each other; `order` lacks them. */
function cycleAmong(
  tasks: TaskGraph,
  targets: readonly TaskNumber[],
  wanted: Uint8Array,
  order: Int32Array,
): string | undefined {
  if (order.length === wanted.reduce((sum, flag) => sum + flag, 0)) return undefined
  // From the targets first, so that the path reads as the user thinks of it; then what only validations want.
  const roots = [...targets, ...wanted.keys().filter((task) => wanted[task] === 1)]
  const cycle = dependencyCycle(roots, (task, visit) => tasks.eachDependency(task, visit))
  if (cycle === undefined) throw new Error('tasks are missing from the order, and no cycle is found')
  return cycleMessage(cycle.map((task) => tasks.graph.tasks[task]!.id))
}

/** Looks once at every file that decides what has to run. A task without a last result runs in any case. */
async function lookAtFiles(
  tasks: TaskGraph,
  order: Int32Array,
  lookUp: TaskLookUp,
  tree: SourceTree,
  targetFiles: readonly string[],
): Promise<void> {
  const seen = new Set<string>()
  const later: Promise<void>[] = []
  const look = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    const looked = tree.look(path)
    if (looked !== undefined) later.push(looked)
  }
  const lookAtSource = (file: FileNumber) => {
    if (tasks.maker(file) === undefined) look(tasks.graph.files[file]!)
  }
  targetFiles.forEach(look)
  for (const task of order) {
    const { command, inputs, orderOnly, dyndep } = tasks.graph.tasks[task]!
    if (dyndep !== undefined) look(tasks.graph.files[dyndep]!)
    if (command === undefined) inputs.forEach(lookAtSource)
    else if (lookUp.hasLast(task)) lookUp.eachPath(task, look)
    orderOnly.forEach(lookAtSource)
  }
  await Promise.all(later)
}

/** As in ninja, a missing order-only source is no matter to a task that has nothing to do. */
function missingSource(
  tasks: TaskGraph,
  order: Int32Array,
  stands: Uint8Array,
  targetFiles: readonly string[],
  tree: SourceTree,
): string | undefined {
  const { files, tasks: all } = tasks.graph
  const isMissing = (path: string) => tasks.makerOfPath(path) === undefined && !tree.has(path)
  const isMissingSource = (file: FileNumber) => tasks.maker(file) === undefined && !tree.has(files[file]!)
  for (const task of order) {
    const { inputs, orderOnly, outputs, id } = all[task]!
    const needed = stands[task] === 1 ? inputs : [...inputs, ...orderOnly]
    const file = needed.find(isMissingSource)
    const path = file === undefined ? tasks.laterInputs(task).find(isMissing) : files[file]!
    if (path !== undefined)
      return `'${path}', needed by '${files[outputs[0] ?? -1] ?? id}', is missing and no task makes it`
  }
  const target = targetFiles.find(isMissing)
  return target === undefined ? undefined : `'${target}' is missing and no task makes it`
}

/** By task: 1 where the last result stands; for a phony task, where those of its inputs' makers do. */
function whatStands(
  tasks: TaskGraph,
  order: Int32Array,
  lookUp: TaskLookUp,
  discovered: Discovered,
  loaded: ReadonlySet<string>,
): Uint8Array {
  const stands = new Uint8Array(tasks.graph.tasks.length)
  const isMade = (maker: TaskNumber | undefined) => maker === undefined || stands[maker] === 1
  for (const task of order) {
    const { command, inputs, dyndep } = tasks.graph.tasks[task]!
    if (command === undefined) {
      if (inputs.every((file) => isMade(tasks.maker(file)))) stands[task] = 1
      continue
    }
    // What it needs and makes is not known yet.
    if (dyndep !== undefined && !loaded.has(tasks.graph.files[dyndep]!)) continue
    if (!lookUp.declarations.makers(task).every(isMade)) continue
    if (!(discovered.get(task) ?? []).every(isMade)) continue
    if (lookUp.hasLast(task) && lookUp.judge(task).reason === null) stands[task] = 1
  }
  return stands
}

/** Dyndep files that are as their makers made them (or that no task makes) and have not been read. */
function loadableDyndeps(
  tasks: TaskGraph,
  order: Int32Array,
  stands: Uint8Array,
  loaded: ReadonlySet<string>,
): readonly string[] {
  const found = new Set<string>()
  for (const task of order) {
    const { dyndep } = tasks.graph.tasks[task]!
    if (dyndep === undefined || loaded.has(tasks.graph.files[dyndep]!)) continue
    const maker = tasks.maker(dyndep)
    if (maker === undefined || stands[maker] === 1) found.add(tasks.graph.files[dyndep]!)
  }
  return [...found]
}

function durationsOf({ graph, results }: PlanInput, commands: Iterable<TaskNumber>): readonly number[] {
  const durations: number[] = []
  for (const task of commands) {
    const last = results.of(graph.tasks[task]!.id)
    if (last !== undefined && last.runMs > 0) durations.push(task, Math.max(1, Math.round(last.runMs)))
  }
  return durations
}
