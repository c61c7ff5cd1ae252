import type { BlobPeers } from '../../../infra/blob-peers/blob-peers.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import type { FollowableLog } from '../../../infra/event-log/event-log.ts'
import type { Executor } from '../../../infra/executor/executor.ts'
import type { TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { RequestDesk } from '../../../infra/request-desk/request-desk.ts'
import type { SourceTree } from '../../../infra/source-tree/source-tree.ts'
import type { TaskLog } from '../../../infra/task-log/task-log.ts'
import type { TaskQueue } from '../../../infra/task-queue/task-queue.ts'
import type { WorkerRegistry } from '../../../infra/worker-registry/worker-registry.ts'

/** The adapters by which a command line speaks with a cluster. */
export interface ClusterClient {
  readonly log: FollowableLog
  /** The shared store: connected to when it is needed. Rejects when it does not answer. */
  readonly openBlobs: () => Promise<BlobStore>
  readonly peers: BlobPeers
  readonly desk: RequestDesk
  readonly workers: WorkerRegistry
  readonly taskLog: TaskLog
  readonly sourceTree: (directory: string) => SourceTree
  readonly scan: ScanFiles
  /** For tasks that run here, under that name. */
  readonly openWork: (id: string) => Promise<ClientWork>
  readonly close: () => Promise<void>
}

/** What runs tasks on the client. */
export interface ClientWork {
  readonly queue: TaskQueue
  readonly executor: Executor
  readonly close: () => Promise<void>
}

/** Lists what is in a directory of this machine and below it; remembers contents from one command to the next. */
export type ScanFiles = (
  directory: string,
  exclude: (path: string, isDirectory: boolean) => boolean,
) => Promise<{ readonly entries: readonly TreeEntry[]; readonly skipped: readonly { readonly path: string }[] }>
