import type { BuildId } from './build-id.ts'

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
  /** When the coordinator dispatched it, in ms since 1970. */
  readonly dispatchedAt: number
}
