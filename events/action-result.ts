import type { BuildId } from './build-id.ts'
import type { Digest } from './digest.ts'

/** What a task made, as the action cache keeps it. Its blobs are kept apart, by digest. */
export interface ActionResult {
  /** In the order in which the task declares them. */
  readonly outputs: readonly OutputEntry[]
  /** What the command printed (stdout and stderr as one stream), as it was; absent: nothing. */
  readonly printed?: Digest
  /** Digests of its inputs that other tasks made: what comes of a bad input can be found by them. */
  readonly madeInputs: readonly Digest[]
  readonly origin: ResultOrigin
}

/** A file or a symbolic link that a task made. Paths are in root-relative form (machines/keys/roots). */
export type OutputEntry = OutputFile | OutputSymlink

/** Source: Remote Execution API v2, message OutputFile. */
export interface OutputFile {
  readonly path: string
  readonly digest: Digest
  readonly isExecutable?: true
  /** Its run-time search paths of libraries name a root: in another place they are to be others. */
  readonly hasRunPath?: true
}

/** Source: Remote Execution API v2, message OutputSymlink. */
export interface OutputSymlink {
  readonly path: string
  /** What the link says, not followed. */
  readonly target: string
}

/** Which run a result comes from. */
export interface ResultOrigin {
  readonly build: BuildId
  /** The task's id in its graph. */
  readonly task: string
  readonly worker: string
  /** When it ended, in ms since 1970. */
  readonly at: number
  /** How long the command ran, in ms. */
  readonly runMs: number
  /** Absolute paths of the roots there, which may stand in what it printed. */
  readonly roots: readonly string[]
}
