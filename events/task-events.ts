import type { Digest, FileVersion } from './digest.ts'
import type { Failure } from './failure.ts'
import type { Ranges } from './ranges.ts'

/**
 * Facts about tasks. `task` is the task's number in the build graph that the last `build-planned` names; `inputs` and
 * `outputs` are numbers in the build's list of file versions, which `files-digested` events extend.
 */
export type TaskEvent =
  | FilesDigested
  | TaskUpToDate
  | TaskQueued
  | TaskStarted
  | TaskSucceeded
  | TaskAttemptFailed
  | TasksSkipped
  | TasksCancelled
  | DyndepLoaded

/** Contents seen for the first time in this build. They get the next numbers: the first ever is 0. */
export interface FilesDigested {
  readonly type: 'files-digested'
  readonly files: readonly FileVersion[]
}

/** Looked up after its inputs were made: the last result still stands, nothing runs. */
export interface TaskUpToDate {
  readonly type: 'task-up-to-date'
  readonly task: number
}

/** Looked up, and must run: `reason` says what differs from the last result. */
export interface TaskQueued {
  readonly type: 'task-queued'
  readonly task: number
  /** Digest of command, response file, environment and working directory. */
  readonly command: Digest
  /** File versions of the declared inputs. */
  readonly inputs: readonly number[]
  readonly reason: RunReason
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

/** Why a task had to run: what differs from the last result that is on record for it in this work tree. */
export type RunReason =
  /** Nothing is on record. */
  | { readonly kind: 'no-record' }
  | { readonly kind: 'output-missing'; readonly path: string }
  /** An output is not the one that the task made. */
  | { readonly kind: 'output-changed'; readonly path: string }
  | { readonly kind: 'command-changed' }
  | { readonly kind: 'input-changed'; readonly path: string; readonly was: Digest | null; readonly is: Digest | null }
  | { readonly kind: 'input-added'; readonly path: string }
  | { readonly kind: 'input-removed'; readonly path: string }
  /** The outputs are older than an input (generator tasks, which may have been run by hand, are judged by time). */
  | { readonly kind: 'output-older'; readonly path: string }
  /** It depends on a phony target that never exists. */
  | { readonly kind: 'always'; readonly path: string }
