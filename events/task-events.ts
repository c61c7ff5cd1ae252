import type { BuildId } from './build-id.ts'
import type { CacheMiss, NotKept } from './cache-miss.ts'
import type { Digest, FileVersion } from './digest.ts'
import type { Failure } from './failure.ts'
import type { Ranges } from './ranges.ts'
import type { RunReason } from './run-reason.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Facts about tasks. `task` is the task's number in the build graph that the last `build-planned` names; `inputs`,
 * `discovered` and `outputs` are numbers in the build's list of file versions, which `files-digested` events extend, and
 * `surroundings` is one in the list that `surroundings-noted` events extend.
 */
export type TaskEvent =
  | FilesDigested
  | SurroundingsNoted
  | TaskUpToDate
  | TaskCached
  | TaskQueued
  | TaskStarted
  | TaskSucceeded
  | TaskAttemptFailed
  | TaskOutputsLost
  | TasksSkipped
  | TasksCancelled
  | DyndepLoaded

/** Contents seen for the first time in this build. They get the next numbers: the first ever is 0. */
export interface FilesDigested {
  readonly type: 'files-digested'
  readonly files: readonly FileVersion[]
}

/** Surroundings seen for the first time in this build. They get the next numbers: the first ever is 0. */
export interface SurroundingsNoted {
  readonly type: 'surroundings-noted'
  readonly surroundings: readonly Surroundings[]
}

/** Looked up after its inputs were made: the last result still stands, nothing runs. */
export interface TaskUpToDate {
  readonly type: 'task-up-to-date'
  readonly task: number
}

/** What a task was found to be when it was looked up and its last result did not stand. */
interface LookedUp {
  readonly task: number
  /** Digest of command, response file, environment and working directory. */
  readonly command: Digest
  /** File versions of the declared inputs. */
  readonly inputs: readonly number[]
  /** Absent in logs of format 1. */
  readonly surroundings?: number
  /** What differs from the last result. */
  readonly reason: RunReason
}

/** Looked up, and taken from the cache: its outputs are in place. */
export interface TaskCached extends LookedUp {
  readonly type: 'task-cached'
  /** Key of the result in the action cache (64 hex digits). */
  readonly action: string
  /** File versions of what the command read beyond its declared inputs. */
  readonly discovered: readonly number[]
  readonly outputs: readonly number[]
  readonly forms?: OutputForms
  /** The run that made the result. */
  readonly origin: CachedOrigin
  /** What that run printed. */
  readonly output?: TaskOutput
}

export interface CachedOrigin {
  readonly build: BuildId
  readonly worker: string
  /** When it ended, in ms since 1970. */
  readonly at: number
  readonly runMs: number
}

/** Looked up, and must run. */
export interface TaskQueued extends LookedUp {
  readonly type: 'task-queued'
  /** Why the cache was no help. Absent in logs of format 1. */
  readonly miss?: CacheMiss
}

/** A worker began an attempt. Attempts count from 1. */
export interface TaskStarted {
  readonly type: 'task-started'
  readonly task: number
  readonly attempt: number
  readonly worker: string
  /** When, in ms since 1970. */
  readonly at: number
}

/** An attempt ended well: every declared output is there. */
export interface TaskSucceeded extends AttemptEnd {
  readonly type: 'task-succeeded'
  /** File versions of what the command read beyond its declared inputs (from its depfile). */
  readonly discovered: readonly number[]
  readonly outputs: readonly number[]
  readonly forms?: OutputForms
  /** Key under which the action cache was given the result (64 hex digits). */
  readonly kept?: string
  /** Why the cache was not given the result of a task that it was asked for. */
  readonly notKept?: NotKept
}

/** What staging an output needs beyond its content. Only in builds of a cluster, and there only of outputs with a form. */
export interface OutputForms {
  /** Output numbers, counted from 0 in the order declared, of files that may be run. */
  readonly executables?: readonly number[]
  /** Symbolic links: output number, and what the link says. */
  readonly links?: readonly (readonly [output: number, target: string])[]
}

/** An attempt failed. The task machine says whether another follows. */
export interface TaskAttemptFailed extends AttemptEnd {
  readonly type: 'task-attempt-failed'
  readonly failure: Failure
}

export interface AttemptEnd {
  readonly task: number
  readonly attempt: number
  readonly worker: string
  /** When, in ms since 1970. */
  readonly at: number
  readonly phases: Phases
  readonly output?: TaskOutput
}

/** Where the time of an attempt went, in ms. */
export interface Phases {
  /** From dispatch to the worker's start. */
  readonly queueMs: number
  /** Making directories, response file and inputs ready. */
  readonly fetchMs: number
  /** The command itself. */
  readonly runMs: number
  /** Reading the depfile, digesting and storing the outputs. */
  readonly storeMs: number
}

/** What a task printed: the text itself when short, else the digest of an attachment of the event log. */
export interface TaskOutput {
  readonly text?: string
  readonly attachment?: Digest
  /** Bytes printed beyond the limit and not kept. */
  readonly bytesDropped?: number
}

/**
 * What a task has made is in no store any more, and another one that was to read it could not: the first runs again, the other
 * waits for it.
 */
export interface TaskOutputsLost {
  readonly type: 'task-outputs-lost'
  readonly task: number
  /** Attempts that it has had. */
  readonly attempts: number
  /** The task that was to read it; its last attempt failed for that. */
  readonly reader: number
}

/** Tasks that never ran because a task they need failed, or because the build stopped at its failure limit. */
export interface TasksSkipped {
  readonly type: 'tasks-skipped'
  readonly tasks: Ranges
}

/** Tasks that had not ended when the build was cancelled. */
export interface TasksCancelled {
  readonly type: 'tasks-cancelled'
  readonly tasks: Ranges
}

/** A dyndep file was made and read: inputs and outputs (paths) that its tasks have from now on. */
export interface DyndepLoaded {
  readonly type: 'dyndep-loaded'
  /** Path of the dyndep file. */
  readonly file: string
  readonly tasks: readonly DyndepTask[]
}

export interface DyndepTask {
  readonly task: number
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly restat?: true
}
