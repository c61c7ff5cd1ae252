import type { Digest } from './digest.ts'

/**
 * Why a task's attempt failed. `user`: the command ended with another exit code than 0. `timeout`: it ran longer than it
 * may. `out-of-memory`: the kernel killed it for memory. `worker-lost`: the worker that ran it vanished. `lost-input`: an
 * input was no longer in the store. `infrastructure`: the worker could not run commands. `invalid`: the task broke its
 * own declaration (an output is missing, a depfile can't be read).
 */
export type FailureKind =
  | 'user'
  | 'timeout'
  | 'out-of-memory'
  | 'worker-lost'
  | 'lost-input'
  | 'infrastructure'
  | 'invalid'

export interface Failure {
  readonly kind: FailureKind
  /** Exit code of the command (0..255; 128 + n for signal n), where it ran. */
  readonly exitCode?: number
  /** Of a lost input: contents that are in no store and on no machine that answers, some of them. */
  readonly lost?: readonly Digest[]
  /** One line for people. */
  readonly message: string
}

/** Failures that say nothing about the task: it is tried again without being asked. */
export function isRetryable(failure: Failure): boolean {
  return ['worker-lost', 'infrastructure', 'lost-input'].includes(failure.kind)
}
