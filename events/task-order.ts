import type { BuildId } from './build-id.ts'
import type { FileVersion } from './digest.ts'

/** What a worker needs to run one attempt of a task. */
export interface TaskOrder {
  readonly buildId: BuildId
  readonly task: number
  /** Counts from 1. */
  readonly attempt: number
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
  /** When the coordinator dispatched it, in ms since 1970. */
  readonly dispatchedAt: number
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
