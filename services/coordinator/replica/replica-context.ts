import type { Requester } from '../../../events/build-events.ts'
import type { Digest } from '../../../events/digest.ts'
import type { ActionCache } from '../../../infra/action-cache/action-cache.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import type { Clock } from '../../../infra/clock/clock.ts'
import type { FollowableLog } from '../../../infra/event-log/event-log.ts'
import type { MerkleTree } from '../../../infra/input-tree/input-tree.ts'
import type { LapsingLeases, LeaseProcess } from '../../../infra/lease/lease-store.ts'
import type { SourceFetcher } from '../../../infra/source-fetcher/source-fetcher.ts'
import type { TaskQueue } from '../../../infra/task-queue/task-queue.ts'
import type { Telemetry } from '../../../infra/telemetry/telemetry.ts'
import type { WorkerWatch } from '../../../infra/worker-registry/worker-registry.ts'
import type { DispatchHub } from './dispatch-hub.ts'
import type { ProjectDurations } from './project-durations.ts'

/** What a replica of the coordinator works with. `main.ts` chooses the adapters. */
export interface ReplicaContext {
  readonly identity: LeaseProcess
  readonly requester: Requester
  readonly clock: Clock
  readonly log: FollowableLog
  readonly leases: LapsingLeases
  readonly queue: TaskQueue
  readonly workers: WorkerWatch
  readonly hub: DispatchHub
  readonly blobs: BlobStore
  readonly actions: ActionCache
  /** An input tree of the blob store. */
  readonly readTree: (root: Digest) => Promise<InputTreeReading>
  readonly fetcher: SourceFetcher
  readonly durations: ProjectDurations
  /** 16 random bytes. */
  readonly random: () => Uint8Array
  readonly logger: ReplicaLogger
  /** Is told of each commit; absent: nobody wants to know. */
  readonly telemetry?: Telemetry | undefined
}

export type InputTreeReading =
  | { readonly kind: 'read'; readonly tree: MerkleTree }
  | { readonly kind: 'missing'; readonly directories: readonly { readonly path: string }[] }

/** Lines for those who run the service, with fields for programs. */
export interface ReplicaLogger {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  error(fields: object, line: string): void
}
