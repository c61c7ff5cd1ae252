import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { Coupling } from '../../../machines/graph/coupling.ts'
import { type EdgeKind, eachEdge } from '../../../machines/graph/task-edges.ts'
import type { CriticalPath } from '../../../machines/scheduling/critical-path.ts'
import { commandLine } from '../progress/task-line.ts'
import { CriticalMarks } from './critical-marks.ts'
import type { NamedFile } from './find-files.ts'
import type { WantedGraph } from './wanted-graph.ts'

/** What `millrace graph --format json` prints. Paths are as the graph writes them; all lists are in build order. */
export interface GraphJson {
  readonly tasks: readonly JsonTask[]
  readonly edges: readonly JsonEdge[]
  readonly criticalPath: JsonCriticalPath
}

export interface JsonTask {
  readonly id: string
  /** As it can be pasted into a shell; absent for a phony task. */
  readonly command?: string
  /** Empty when the graph gives none. */
  readonly description: string
  /** Declared inputs; what a dyndep file adds included, order-only ones not. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Of the last run; absent when none is on record. */
  readonly durationMs?: number
  readonly isOnCriticalPath: boolean
}

/** `to` waits for `from`; ids. */
export interface JsonEdge {
  readonly from: string
  readonly to: string
  readonly kind: EdgeKind
  readonly isOnCriticalPath: boolean
}

/** With `--critical-path --format json` it stands alone in the object. */
export interface JsonCriticalPath {
  /** `tasks` where no duration is known: the path is then the longest chain counted in tasks. */
  readonly measure: 'ms' | 'tasks'
  /** What it takes; absent where no duration is known. */
  readonly totalMs?: number
  /** What all tasks take; absent where no duration is known. */
  readonly workMs?: number
  /** Tasks with a command in all that is wanted, and how many of them have no known duration. */
  readonly taskCount: number
  readonly estimatedCount: number
  /** First to last, `cost` and its running `sum` in the measure. */
  readonly tasks: readonly {
    readonly id: string
    readonly cost: number
    readonly sum: number
    readonly isEstimated: boolean
  }[]
}

/** {@link GraphJson}, a line for each task and edge. */
export function* graphJsonLines(wanted: WantedGraph): Generator<string> {
  const marks = new CriticalMarks(wanted.criticalPath)
  const { order } = wanted
  yield '{"tasks": ['
  for (const [i, task] of order.entries())
    yield `${JSON.stringify(jsonTask(wanted, task, marks))}${i < order.length - 1 ? ',' : ''}`
  yield '],'
  yield '"edges": ['
  let isFirst = true
  for (const task of order)
    for (const edge of jsonEdges(wanted, task, marks)) {
      yield `${isFirst ? '' : ','}${JSON.stringify(edge)}`
      isFirst = false
    }
  yield '],'
  yield `"criticalPath": ${JSON.stringify(jsonCriticalPath(wanted))}}`
}

function jsonTask({ tasks, durationMs }: WantedGraph, task: TaskNumber, marks: CriticalMarks): JsonTask {
  const { files, tasks: all } = tasks.graph
  const { id, command, description, inputs } = all[task]!
  const ms = durationMs(task)
  return {
    id,
    ...(command === undefined ? {} : { command: commandLine(all[task]!) }),
    description,
    inputs: [...inputs.map((file) => files[file]!), ...tasks.laterInputs(task)],
    outputs: tasks.outputs(task),
    ...(ms === undefined ? {} : { durationMs: ms }),
    isOnCriticalPath: marks.hasTask(task),
  }
}

function jsonEdges({ use, tasks }: WantedGraph, task: TaskNumber, marks: CriticalMarks): readonly JsonEdge[] {
  const idOf = (number: TaskNumber) => tasks.graph.tasks[number]!.id
  const edges: JsonEdge[] = []
  eachEdge(use, task, (maker, kind) => {
    edges.push({ from: idOf(maker), to: idOf(task), kind, isOnCriticalPath: marks.hasEdge(maker, task) })
  })
  return edges
}

export function jsonCriticalPath({
  criticalPath,
  tasks,
}: Pick<WantedGraph, 'criticalPath' | 'tasks'>): JsonCriticalPath {
  const { measure, total, work, count, estimatedCount, steps }: CriticalPath = criticalPath
  return {
    measure,
    ...(measure === 'ms' ? { totalMs: rounded(total), workMs: rounded(work) } : {}),
    taskCount: count,
    estimatedCount,
    tasks: steps.map(({ task, cost, sum, isEstimated }) => ({
      id: tasks.graph.tasks[task]!.id,
      cost: rounded(cost),
      sum: rounded(sum),
      isEstimated,
    })),
  }
}

/** What `--coupling --format json` prints: all of it, unless `--top` says how many. */
export function couplingJson({ fanOut, fanIn }: Coupling, { use, tasks }: WantedGraph, countMax: number): object {
  const idOf = (task: TaskNumber) => tasks.graph.tasks[task]!.id
  return {
    fanOut: fanOut.slice(0, countMax).map(({ of, direct, transitive }) => ({
      ...('file' in of ? { file: use.paths[of.file]! } : { task: idOf(of.task) }),
      direct,
      transitive,
    })),
    fanIn: fanIn.slice(0, countMax).map(({ task, inputs, discovered }) => ({ task: idOf(task), inputs, discovered })),
  }
}

/** What `--affected --format json` prints. */
export function affectedJson(
  affected: readonly TaskNumber[],
  unread: readonly NamedFile[],
  { tasks, durationMs }: WantedGraph,
): object {
  return {
    tasks: affected.map((task) => {
      const ms = durationMs(task)
      return { id: tasks.graph.tasks[task]!.id, ...(ms === undefined ? {} : { durationMs: ms }) }
    }),
    workMs: rounded(affected.reduce((sum, task) => sum + (durationMs(task) ?? 0), 0)),
    unread: unread.map(({ name, closest }) => ({ name, ...(closest === null ? {} : { closest }) })),
  }
}

/** Sums of microseconds in ms, without the rest that binary fractions leave. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
