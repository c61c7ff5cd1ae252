import type { OutputEntry } from './action-result.ts'
import type { BuildId } from './build-id.ts'
import type { NotKept } from './cache-miss.ts'
import type { Digest, FileVersion } from './digest.ts'
import type { Failure } from './failure.ts'
import type { Phases } from './task-events.ts'

/** What a worker tells the build's coordinator about an attempt. */
export type TaskReport = AttemptStarted | AttemptSucceeded | AttemptFailed

interface Attempt {
  readonly buildId: BuildId
  readonly task: number
  readonly attempt: number
  readonly worker: string
  /** When, in ms since 1970. */
  readonly at: number
}

export interface AttemptStarted extends Attempt {
  readonly type: 'attempt-started'
}

interface AttemptEnded extends Attempt {
  readonly phases: Phases
  /** Stdout and stderr as one stream. */
  readonly output: Uint8Array
  readonly outputBytesDropped: number
}

export interface AttemptSucceeded extends AttemptEnded {
  readonly type: 'attempt-succeeded'
  readonly outputs: readonly FileVersion[]
  /** Read beyond the declared inputs; a `null` digest marks a file that may have changed during the run. */
  readonly discovered: readonly FileVersion[]
  /**
   * Every output as it is in the blob store, under the paths of the order: by a worker whose files no other can see. Outputs
   * that were not made are left out.
   */
  readonly stored?: readonly OutputEntry[]
  /** Where the order asks for an output tree: the input tree with what the command left there, all of it stored. */
  readonly tree?: Digest
  /** The outputs as they are in the blob store, where that was asked for; or why they are not. */
  readonly kept?: KeptOutputs | NotKept
}

export interface KeptOutputs {
  /** In the order of the task's outputs, under the paths of the order. */
  readonly outputs: readonly OutputEntry[]
  readonly printed?: Digest
  /** An output holds the absolute path of a root. */
  readonly isBound: boolean
}

export interface AttemptFailed extends AttemptEnded {
  readonly type: 'attempt-failed'
  readonly failure: Failure
}
