import type { BuildRequest, SourcePrepared, TaskCounts } from '../events/build-events.ts'
import type { BuildId } from '../events/build-id.ts'
import type { Digest, FileVersion } from '../events/digest.ts'
import type { Surroundings } from '../events/surroundings.ts'
import { type BuildActor, type BuildPhase, startBuildActor } from './build-machine.ts'
import type { BuildGraph, FileNumber, TaskNumber } from './graph/build-graph.ts'
import type { TaskGraph } from './graph/task-graph.ts'
import type { ReadyQueue } from './scheduling/ready-queue.ts'
import type { TaskActor } from './task-machine.ts'

/** Where a task stands. Tasks between ready and their end have an actor; all others are just a number in an array. */
export const taskStatuses = [
  'unwanted',
  'waiting',
  'ready',
  'looking-up',
  'queued',
  'running',
  'up-to-date',
  'cached',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
  /** A phony task whose inputs are made. */
  'reached',
] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** The fold of a build's log. `step` advances it in place; nobody else writes to it. */
export interface BuildState {
  readonly buildId: BuildId
  readonly graphOf: (digest: Digest) => BuildGraph
  readonly actor: BuildActor
  request: BuildRequest | undefined
  /** Of a build in a cluster, once its sources are prepared. */
  source: Pick<SourcePrepared, 'inputRoot' | 'platform'> | undefined
  /** File versions by number, as `files-digested` events listed them. */
  readonly fileVersions: FileVersion[]
  /** By number, as `surroundings-noted` events listed them. */
  readonly surroundings: Surroundings[]
  /** From the last `build-planned` on. */
  plan: PlanState | undefined
  retried: number
  /** Why the build failed although no task did. */
  message: string | undefined
}

/** What a plan adds to a build: which tasks are wanted, what they wait for, and which of them are under way. */
export interface PlanState {
  readonly tasks: TaskGraph
  /** Index into `taskStatuses`, by task. */
  readonly status: Uint8Array
  /** Unfinished tasks that each task waits for. */
  readonly pending: Int32Array
  /** How many wanted tasks with a command have each status. */
  readonly counts: Int32Array
  readonly actors: Map<TaskNumber, TaskActor>
  /** Tasks that were set back: the attempt that they go on with, and how many they have lost. */
  readonly again: Map<TaskNumber, { readonly attempt: number; readonly lost: number }>
  readonly ready: ReadyQueue
  /** Ready tasks of full pools, and how many slots of each pool are taken. */
  readonly pools: Map<string, { readonly depth: number; taken: number; readonly waiting: ReadyQueue }>
  /** Dyndep files still to be made, and the tasks that wait for what they say. */
  readonly dyndepWaiting: Map<FileNumber, TaskNumber[]>
  /** Those of them that are made and are being read. */
  readonly dyndepLoading: Set<FileNumber>
  slots: number
  /** Running mean of how long tasks ran, in ms, 0 for those from the cache; NaN before the first has ended. */
  meanRunMs: number
  readonly rank: Float64Array
  /** With the `fifo` policy: how many tasks have become ready so far, which ranks them; else absent. */
  readied: number | undefined
}

export function newBuildState(buildId: BuildId, graphOf: (digest: Digest) => BuildGraph): BuildState {
  return {
    buildId,
    graphOf,
    actor: startBuildActor(),
    request: undefined,
    source: undefined,
    fileVersions: [],
    surroundings: [],
    plan: undefined,
    retried: 0,
    message: undefined,
  }
}

export function phaseOf(state: BuildState): BuildPhase {
  return state.actor.getSnapshot().value
}

export function statusOf(plan: PlanState, task: TaskNumber): TaskStatus {
  return taskStatuses[plan.status[task]!]!
}

const indexOfStatus: ReadonlyMap<TaskStatus, number> = new Map(taskStatuses.map((status, index) => [status, index]))

/** Changes a task's status and the counts with it. */
export function setStatus(plan: PlanState, task: TaskNumber, status: TaskStatus): void {
  const index = indexOfStatus.get(status)!
  if (plan.tasks.graph.tasks[task]!.command !== undefined) {
    plan.counts[plan.status[task]!]!--
    plan.counts[index]!++
  }
  plan.status[task] = index
}

export function countOf(plan: PlanState, status: TaskStatus): number {
  return plan.counts[indexOfStatus.get(status)!]!
}

export function taskCounts(state: BuildState): TaskCounts {
  const plan = state.plan
  const count = (status: TaskStatus) => (plan === undefined ? 0 : countOf(plan, status))
  let total = 0
  for (let status = 1; plan && status < taskStatuses.length; status++) total += plan.counts[status]!
  return {
    total,
    upToDate: count('up-to-date'),
    cached: count('cached'),
    run: count('succeeded'),
    failed: count('failed'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
    retried: state.retried,
  }
}
