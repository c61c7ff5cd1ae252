import type { BuildId } from './build-id.ts'
import type { Digest, FileVersion } from './digest.ts'

/** What a worker needs to run one attempt of a task. */
export interface TaskOrder {
  readonly buildId: BuildId
  readonly task: number
  /** Counts from 1. */
  readonly attempt: number
  /** The worker that is to run it, in a cluster. */
  readonly worker?: string
  /** The pool of that worker. */
  readonly pool?: string
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] }
  /** Absolute path that every other path is relative to. */
  readonly directory: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly outputs: readonly string[]
  readonly depfile?: string
  readonly deps?: 'gcc' | 'msvc'
  readonly depsPrefix?: string
  readonly rspfile?: { readonly path: string; readonly content: string }
  readonly timeoutMs?: number
  /** The command may leave an output unmade (ninja); it then runs again in the next build. */
  readonly outputsOptional?: true
  /** Runs on the user's own terminal. */
  readonly console?: true
  /** The result may be cached: the worker is to store its outputs. */
  readonly keep?: KeepOrder
  /** What a worker that can't see the client's files makes ready for the command. */
  readonly stage?: StageOrder
  /** Of a task that runs on the client: version of the commit up to which it must have what other tasks have made. */
  readonly afterCommit?: number
  /** When the coordinator dispatched it, in ms since 1970. */
  readonly dispatchedAt: number
}

export interface StageOrder {
  /** REAPI Action in the blob store; it says of the attempt what this order says too. */
  readonly action?: Digest
  /** REAPI Directory: all that the command may read. Its root is the file system's. */
  readonly inputRoot: Digest
  /** Absolute paths of the build's roots; the command may write below `directory`, and where its outputs are. */
  readonly roots: readonly string[]
  /** The command may use the network. */
  readonly network?: true
  /** Everything that the command leaves below this absolute path is an output. */
  readonly outputTree?: string
}

export interface KeepOrder {
  /** Files in the task's key, as they were when it was looked up; `null`: not there. A result of others is not kept. */
  readonly inputs: readonly FileVersion[]
  /** Absolute paths of the build's roots. */
  readonly roots: readonly string[]
  /** Where outputs name a root, that tells people where sources are, and no program (compilers, linkers, archivers). */
  readonly mayNameRoots: boolean
  /** The command sets run-time search paths or links shared libraries: their names, which may name a root, are in what it makes. */
  readonly mayHaveRunPath: boolean
}
