import { type Draft, produce } from 'immer'
import type { BuildCancelled, BuildEvent, BuildRequest, Requester, TaskCounts } from './build-events.ts'
import type { BuildId } from './build-id.ts'
import type { Commit } from './commit.ts'
import type { Digest } from './digest.ts'
import type { Failure } from './failure.ts'
import { fromRanges } from './ranges.ts'
import type { AttemptEnd, Phases, RunReason, TaskOutput } from './task-events.ts'

/** A build as people look at it: a read model, made from the build's commits alone. Times are in ms since 1970. */
export interface BuildView {
  readonly buildId: BuildId
  /** Version of the last commit that is folded in; 0: none. */
  readonly version: number
  readonly header: BuildHeader
  /** What is known of each task, by its number in the last plan's graph; tasks that nothing happened to are not there. */
  readonly tasks: Readonly<Record<number, TaskRow>>
}

export interface BuildHeader {
  readonly status: 'requested' | 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly request?: BuildRequest
  readonly requester?: Requester
  readonly requestedAt?: number
  /** Once for each coordinator that took the build over. */
  readonly resumptions: readonly { readonly at: number; readonly requester: Requester }[]
  /** When it was last planned, and from which graph. */
  readonly plannedAt?: number
  readonly graph?: Digest
  readonly startedAt?: number
  readonly slots?: number
  readonly endedAt?: number
  readonly counts?: TaskCounts
  /** Why the build failed although no task did. */
  readonly message?: string
  readonly cancelReason?: BuildCancelled['reason']
}

export interface TaskRow {
  readonly task: number
  /** `failed`: the last attempt failed; another may follow, and the row then goes on with it. */
  readonly status: 'up-to-date' | 'queued' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled'
  /** Attempts begun so far. */
  readonly attempts: number
  readonly worker?: string
  /** When the commit that queued it was made. */
  readonly queuedAt?: number
  /** When the last attempt began and ended, by the worker's clock. */
  readonly startedAt?: number
  readonly endedAt?: number
  /** Of the last attempt that ended. */
  readonly phases?: Phases
  readonly reason?: RunReason
  readonly failure?: Failure
  readonly output?: TaskOutput
}

/** One event with where and when it was recorded. */
export interface TimelineEntry {
  readonly at: number
  readonly version: number
  readonly event: BuildEvent
}

/** The view of a build without any commit. */
export function emptyBuildView(buildId: BuildId): BuildView {
  return { buildId, version: 0, header: { status: 'requested', resumptions: [] }, tasks: {} }
}

/**
 * The view with further commits folded in; the given one stays as it is, and tasks that nothing happened to are shared.
 * Much cheaper for many commits at once than for one after the other.
 */
export function advanceBuildView(view: BuildView, commits: Iterable<Commit>): BuildView {
  return produce(view, (draft) => {
    for (const commit of commits) {
      for (const event of commit.events) applyEvent(draft, event, commit.at)
      draft.version = commit.version
    }
  })
}

/** Every event of the commits, in order. A task event that carries its own time stands at the time of its commit too. */
export function* timelineOf(commits: Iterable<Commit>): Generator<TimelineEntry> {
  for (const { at, version, events } of commits) for (const event of events) yield { at, version, event }
}

function applyEvent(view: Draft<BuildView>, event: BuildEvent, at: number): void {
  const { header } = view
  switch (event.type) {
    case 'build-requested':
      header.request = event.request as Draft<BuildRequest>
      header.requester = event.requester
      header.requestedAt = at
      return
    case 'build-resumed':
      header.status = 'requested'
      header.resumptions.push({ at, requester: event.requester })
      return
    case 'build-planned':
      keepUpToDate(view, header.graph === event.graph, event.upToDate)
      header.status = 'planned'
      header.plannedAt = at
      header.graph = event.graph
      return
    case 'build-started':
      header.status = 'running'
      header.startedAt ??= at
      header.slots = event.slots
      return
    case 'build-succeeded':
    case 'build-failed':
    case 'build-cancelled':
      header.status = endStatuses[event.type]
      header.endedAt = at
      header.counts = event.counts
      if (event.type === 'build-failed' && event.message !== undefined) header.message = event.message
      if (event.type === 'build-cancelled') header.cancelReason = event.reason
      return
    case 'files-digested':
    case 'dyndep-loaded':
      return
    default:
      applyTaskEvent(view.tasks, event, at)
  }
}

const endStatuses = {
  'build-succeeded': 'succeeded',
  'build-failed': 'failed',
  'build-cancelled': 'cancelled',
} as const

type Rows = Draft<BuildView['tasks']>
type RowEvent = Exclude<BuildEvent, { type: `build-${string}` | 'files-digested' | 'dyndep-loaded' }>

function applyTaskEvent(rows: Rows, event: RowEvent, at: number): void {
  switch (event.type) {
    case 'task-up-to-date':
      rows[event.task] = { task: event.task, status: 'up-to-date', attempts: 0 }
      return
    case 'task-queued':
      rows[event.task] = { task: event.task, status: 'queued', attempts: 0, queuedAt: at, reason: event.reason }
      return
    case 'task-started': {
      const row = rowOf(rows, event.task)
      row.status = 'running'
      row.attempts = event.attempt
      row.worker = event.worker
      row.startedAt = event.at
      delete row.endedAt
      return
    }
    case 'task-succeeded': {
      const row = endAttempt(rows, event)
      row.status = 'succeeded'
      delete row.failure
      return
    }
    case 'task-attempt-failed': {
      const row = endAttempt(rows, event)
      row.status = 'failed'
      row.failure = event.failure
      return
    }
    case 'tasks-skipped':
    case 'tasks-cancelled':
      for (const task of fromRanges(event.tasks))
        rowOf(rows, task).status = event.type === 'tasks-skipped' ? 'skipped' : 'cancelled'
      return
  }
}

function endAttempt(rows: Rows, event: AttemptEnd): Draft<TaskRow> {
  const row = rowOf(rows, event.task)
  row.attempts = event.attempt
  row.worker = event.worker
  row.endedAt = event.at
  row.phases = event.phases
  if (event.output === undefined) delete row.output
  else row.output = event.output
  return row
}

function rowOf(rows: Rows, task: number): Draft<TaskRow> {
  let row = rows[task]
  if (row === undefined) {
    row = { task, status: 'queued', attempts: 0 }
    rows[task] = row
  }
  return row
}

/**
 * A plan says anew what stands. Of a build that was resumed with the same graph, a task that had succeeded and is up to
 * date now keeps what is known of it; what was under way is forgotten.
 */
function keepUpToDate(
  view: Draft<BuildView>,
  sameGraph: boolean,
  upToDate: Iterable<number> & readonly number[],
): void {
  const before = sameGraph ? view.tasks : {}
  const rows: Rows = {}
  for (const task of fromRanges(upToDate)) {
    const row = before[task]
    rows[task] = row?.status === 'succeeded' ? row : { task, status: 'up-to-date', attempts: 0 }
  }
  view.tasks = rows
}
