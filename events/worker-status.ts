import { z } from 'zod'
import type { BuildId } from './build-id.ts'
import type { Digest } from './digest.ts'
import { count, digest, positive } from './event-schemas-value.ts'

/** How many trees a worker tells of. */
export const treesMax = 32

const text = z.string().max(1_000)

/** Shape of {@link WorkerStatus}, which comes from other hosts. Properties of later releases are left out. */
export const workerStatusSchema: z.ZodType<WorkerStatus> = z.object({
  id: z.string().regex(/^[\w-]{1,128}$/),
  host: text,
  pid: positive,
  version: text,
  pool: z.string().regex(/^[\w-]{1,128}$/),
  slots: count,
  running: z.array(z.object({ buildId: z.string(), task: count, attempt: positive })),
  platform: z.object({ fingerprint: text, os: text, arch: text, labels: z.record(z.string(), text) }),
  isDraining: z.boolean(),
  startedAt: z.number(),
  trees: z.array(digest).max(treesMax),
  sandbox: z.enum(['bubblewrap', 'none']),
})

/** What a worker says about itself, again and again. */
export interface WorkerStatus {
  /** Unique among all workers: letters, digits, `-` and `_`. */
  readonly id: string
  readonly host: string
  readonly pid: number
  /** Of its release. */
  readonly version: string
  readonly pool: string
  /** How many attempts it runs at once. */
  readonly slots: number
  readonly running: readonly RunningAttempt[]
  readonly platform: WorkerPlatform
  /** It ends what it runs and takes no more. */
  readonly isDraining: boolean
  /** When it began to work, in ms since 1970. */
  readonly startedAt: number
  /** Digests of input trees that it holds, newest first, at most {@link treesMax}. */
  readonly trees: readonly Digest[]
  /** How it keeps commands apart. */
  readonly sandbox: 'bubblewrap' | 'none'
}

export interface RunningAttempt {
  readonly buildId: BuildId
  readonly task: number
  readonly attempt: number
}

/** What a worker's programs and results depend on. */
export interface WorkerPlatform {
  /** Workers with the same one make the same from the same. */
  readonly fingerprint: string
  readonly os: string
  readonly arch: string
  /** What people say about it, by name. */
  readonly labels: Readonly<Record<string, string>>
}
