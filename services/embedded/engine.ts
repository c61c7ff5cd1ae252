import type { ActionCache } from '../../infra/action-cache/action-cache.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { Clock } from '../../infra/clock/clock.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { Executor } from '../../infra/executor/executor.ts'
import type { LeaseNote, LeaseProcess, LeaseStore } from '../../infra/lease/lease-store.ts'
import type { SnapshotStore } from '../../infra/snapshot-store/snapshot-store.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { TaskQueue } from '../../infra/task-queue/task-queue.ts'
import type { Toolchain } from '../../infra/toolchain/toolchain.ts'
import type { Environment } from '../coordinator/task-surroundings.ts'

/** The adapters that a command line works with. `main.ts` chooses them; everything else knows only the interfaces. */
export interface Engine {
  readonly version: string
  readonly clock: Clock
  /** When this process started, in ms since 1970. */
  readonly startedAt: number
  readonly log: EventLog
  readonly leases: LeaseStore
  readonly snapshots: SnapshotStore
  /** What is known of programs, for all work trees. */
  readonly toolSnapshots: SnapshotStore
  /** This process. */
  readonly identity: LeaseProcess
  /** Whether this process was started by that one, directly or by way of others. */
  readonly isDescendantOf: (process: LeaseProcess) => boolean
  readonly queue: TaskQueue
  readonly sourceTree: (directory: string) => SourceTree
  /** What commands inherit. */
  readonly environment: Environment
  readonly toolchain: Toolchain
  /**
   * Opened when something is to run, not before; absent: no cache is used. Trouble with it stops no build: `notice` is told
   * in one line, and the cache is empty from then on.
   */
  readonly cache?: (notice: (line: string) => void) => Promise<LocalCache | undefined>
  /** Loaded when something is to run, not before. */
  readonly executor: (slots: number) => Promise<LocalExecutor>
  /** Kills what a dead process left running; resolves when nothing of it is left. */
  readonly reapOrphans: (note: LeaseNote) => Promise<void>
  /** 16 random bytes. */
  readonly random: () => Uint8Array
  readonly close: () => Promise<void>
}

export interface LocalCache {
  readonly blobs: BlobStore
  readonly actions: ActionCache
}

export interface LocalExecutor extends Executor {
  start(): Promise<void>
  /** The processes that must be gone before somebody else may build in the same place. */
  processes(): Pick<LeaseNote, 'guard' | 'helpers'>
}
