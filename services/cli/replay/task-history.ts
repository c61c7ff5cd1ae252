import type { Commit } from '../../../events/commit.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { Surroundings } from '../../../events/surroundings.ts'
import type {
  TaskAttemptFailed,
  TaskCached,
  TaskQueued,
  TaskStarted,
  TaskSucceeded,
} from '../../../events/task-events.ts'
import type { BuildState, TaskStatus } from '../../../machines/build-state.ts'
import { statusOf } from '../../../machines/build-state.ts'
import type { Paint } from '../progress/colour.ts'
import { concernsTask, findTask } from './find-task.ts'
import type { ReplayedBuild } from './replayed-build.ts'
import { timelineLine } from './timeline.ts'

/** All that a build's log tells of one task. */
export interface TaskHistory {
  readonly task: number
  readonly state: BuildState
  readonly status: TaskStatus
  /** Lines of the timeline that speak of it. */
  readonly lines: readonly string[]
  /** The last look-up that found it out of date. */
  readonly lookedUp?: TaskLookedUp
  readonly attempts: readonly TaskAttempt[]
}

/** A look-up that made the task run or took it from the cache. */
export interface TaskLookedUp {
  readonly event: TaskQueued | TaskCached
  /** The commit that holds it. */
  readonly commit: Commit
  readonly inputs: readonly FileVersion[]
  /** Absent in logs of format 1. */
  readonly surroundings?: Surroundings
}

/** One attempt to run the task. */
export interface TaskAttempt {
  readonly started: TaskStarted
  /** Absent: it had not ended. */
  readonly end?: TaskSucceeded | TaskAttemptFailed
  /** The commit that holds the end. */
  readonly commit?: Commit
}

/** Reads a build for one task, named by id or output. Throws `UserError` when its plan has no such task. */
export async function readTaskHistory(build: ReplayedBuild, name: string, paint: Paint): Promise<TaskHistory> {
  const attempts: TaskAttempt[] = []
  const lines: string[] = []
  let lookedUp: TaskLookedUp | undefined
  let requestedAt: number | undefined
  let task: number | undefined
  let last: BuildState | undefined
  for await (const { commit, state } of build.commits()) {
    last = state
    requestedAt ??= commit.at
    // Events of tasks stand behind a plan. A build that was resumed may have read another graph.
    if (commit.events.some(({ type }) => type === 'build-planned')) task = findTask(state, name)
    for (const event of commit.events) {
      if (task === undefined || !concernsTask(event, task)) continue
      if (event.type === 'build-planned') lines.push(planLine(state, task, commit.at - requestedAt, requestedAt, paint))
      else lines.push(timelineLine(event, commit.at - requestedAt, requestedAt, state, paint))
      if (event.type === 'task-queued' || event.type === 'task-cached') lookedUp = lookedUpOf(event, commit, state)
      if (event.type === 'task-started') attempts.push({ started: event })
      if (event.type === 'task-succeeded' || event.type === 'task-attempt-failed')
        attempts.push({ started: attempts.pop()!.started, end: event, commit })
    }
  }
  task = findTask(last!, name)
  const status = statusOf(last!.plan!, task)
  return { task, state: last!, status, lines, attempts, ...(lookedUp === undefined ? {} : { lookedUp }) }
}

function lookedUpOf(event: TaskQueued | TaskCached, commit: Commit, state: BuildState): TaskLookedUp {
  const inputs = event.inputs.map((number) => state.fileVersions[number]!)
  const found = event.surroundings === undefined ? undefined : state.surroundings[event.surroundings]
  return { event, commit, inputs, ...(found === undefined ? {} : { surroundings: found }) }
}

function planLine(state: BuildState, task: number, offsetMs: number, requestedAt: number, paint: Paint): string {
  return timelineLine({ type: 'task-up-to-date', task }, offsetMs, requestedAt, state, paint)
}
