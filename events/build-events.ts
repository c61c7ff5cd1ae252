import type { Digest } from './digest.ts'
import type { Ranges } from './ranges.ts'
import type { RemoteRequest } from './remote-request.ts'
import type { DyndepTask, TaskEvent } from './task-events.ts'

/** Every fact that can stand in a build's log. */
export type BuildEvent =
  | BuildRequested
  | BuildResumed
  | BuildTakenOver
  | BuildWarned
  | SourcePrepared
  | BuildPlanned
  | BuildStarted
  | BuildSucceeded
  | BuildFailed
  | BuildCancelled
  | TaskEvent

/** Somebody asked for a build. Always the first event of its log. */
export interface BuildRequested {
  readonly type: 'build-requested'
  readonly request: BuildRequest
  readonly requester: Requester
}

export interface BuildRequest {
  /** Absolute path of the directory the graph's paths are relative to. */
  readonly directory: string
  readonly reader: GraphReader
  /** Graph file, relative to `directory` or absolute. */
  readonly file: string
  /** As the user named them; empty: the graph's defaults. */
  readonly targets: readonly string[]
  /** Failed tasks after which no further one is started; 0: no limit. */
  readonly failuresMax: number
  readonly policy: SchedulingPolicy
  /** Absolute paths that keys are relative to: `directory`, and that of the sources. Absent in logs of format 1. */
  readonly roots?: readonly string[]
  /** Of a build in a cluster. */
  readonly remote?: RemoteRequest
}

export type GraphReader = 'ninja' | 'json' | 'compile-commands'

/** In which order ready tasks run: as they became ready; by priority; longest remaining path first. */
export type SchedulingPolicy = 'fifo' | 'priority' | 'critical-path'

/** The process that requested or resumed a build. */
export interface Requester {
  readonly host: string
  readonly pid: number
  /** Version of Millrace. */
  readonly version: string
}

/** Another coordinator took the build over; it plans again, and what had finished is up to date. */
export interface BuildResumed {
  readonly type: 'build-resumed'
  readonly requester: Requester
}

/** Another replica of the coordinator goes on with the build where its log ends: what has ended stays so. */
export interface BuildTakenOver {
  readonly type: 'build-taken-over'
  readonly requester: Requester
}

/** Something that the user should know and that does not stop the build. */
export interface BuildWarned {
  readonly type: 'build-warned'
  /** One line. */
  readonly message: string
}

/** The sources of a build in a cluster are in the blob store, and what was to be run before the graph is read has run. */
export interface SourcePrepared {
  readonly type: 'source-prepared'
  /** Of the input tree (REAPI Directory) that every task's own begins with; its root is the file system's. */
  readonly inputRoot: Digest
  /** What the workers of the pool have in common: stands in keys for the programs that commands find there. */
  readonly platform: string
}

/** The graph was read and compared with what is on disk. A build that is resumed is planned again. */
export interface BuildPlanned {
  readonly type: 'build-planned'
  /** Attachment that holds the build graph as JSON. */
  readonly graph: Digest
  /** Task numbers that are wanted and whose last result still stands. */
  readonly upToDate: Ranges
  /** Inputs found by earlier runs that other tasks make: `[task, maker, ...]`, pairs of task numbers. */
  readonly discovered: readonly number[]
  /** What dyndep files that are up to date say; those still to be made follow as `dyndep-loaded`. */
  readonly dyndeps: readonly { readonly file: string; readonly tasks: readonly DyndepTask[] }[]
  /** Expected duration per task in ms where an earlier run told it: `[task, ms, ...]`. */
  readonly durations: readonly number[]
}

/** Tasks may run from now on. */
export interface BuildStarted {
  readonly type: 'build-started'
  /** How many tasks may run at once. */
  readonly slots: number
}

/** Every wanted task is done. */
export interface BuildSucceeded {
  readonly type: 'build-succeeded'
  readonly counts: TaskCounts
}

/** At least one task failed and nothing runs any more; or the build could not be planned (`message`). */
export interface BuildFailed {
  readonly type: 'build-failed'
  readonly counts: TaskCounts
  readonly message?: string
}

/** Stopped by its user, at the deadline of its request, or given up for a later request (`superseded`). */
export interface BuildCancelled {
  readonly type: 'build-cancelled'
  /** `interrupted`: at the terminal where it ran; `requested`: by a request to cancel it. */
  readonly reason: 'interrupted' | 'superseded' | 'requested' | 'deadline'
  readonly counts: TaskCounts
}

/** How many wanted tasks ended in which way. A task that was retried counts once, under its end. */
export interface TaskCounts {
  readonly total: number
  readonly upToDate: number
  readonly cached: number
  readonly run: number
  readonly failed: number
  readonly skipped: number
  readonly cancelled: number
  /** Attempts that failed and were followed by another. */
  readonly retried: number
}
