import type { BuildId } from './build-id.ts'
import type { FileVersion } from './digest.ts'
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
}

export interface AttemptFailed extends AttemptEnded {
  readonly type: 'attempt-failed'
  readonly failure: Failure
}
