import { z } from 'zod'
import type { TaskCounts } from './build-events.ts'
import { type BuildId, isBuildId } from './build-id.ts'

const buildId = z.string().refine(isBuildId, 'is no build id')

/** Shape of {@link CoordinatorQuestion}, which comes from other processes. */
export const coordinatorQuestion = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cancel'), buildId }),
  z.object({ type: z.literal('queue') }),
  z.object({ type: z.literal('take-over'), buildIds: z.array(buildId) }),
]) satisfies z.ZodType<CoordinatorQuestion>

/** What every replica of the coordinator is asked at once, and answers for the builds that it owns. */
export type CoordinatorQuestion =
  | { readonly type: 'cancel'; readonly buildId: BuildId }
  /** What waits, and why. Answered with {@link QueueAnswer}. */
  | { readonly type: 'queue' }
  /** These builds have no owner any more. Answered by who takes them over. */
  | { readonly type: 'take-over'; readonly buildIds: readonly BuildId[] }

export interface QueueAnswer {
  readonly coordinator: { readonly host: string; readonly pid: number }
  readonly builds: readonly QueuedBuild[]
}

/** A build that a replica owns. */
export interface QueuedBuild {
  readonly buildId: BuildId
  readonly project: string
  readonly priority: number
  readonly pool: string
  readonly phase: string
  readonly counts: TaskCounts
  /** Tasks that workers have been given. */
  readonly taken: number
  /** Ids of tasks that could run and wait for a worker, the next one first; a few of them. */
  readonly waiting: readonly string[]
  readonly waitingCount: number
  /** Why they wait, in one line; absent when nothing does. */
  readonly because?: string
}
