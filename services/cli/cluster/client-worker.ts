import type { TaskOrder } from '../../../events/task-order.ts'
import type { WorkerStatus } from '../../../events/worker-status.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import type { Clock } from '../../../infra/clock/clock.ts'
import type { SourceTree } from '../../../infra/source-tree/source-tree.ts'
import { inPlace } from '../../worker/locate.ts'
import { RunningAttempts } from '../../worker/running-attempts.ts'
import { startWorker } from '../../worker/worker.ts'
import type { Workplace } from '../../worker/workplace.ts'
import type { ClientWork, ClusterClient } from './cluster-client.ts'

export interface ClientWorkerOptions {
  readonly id: string
  readonly version: string
  readonly client: Pick<ClusterClient, 'workers'>
  readonly work: ClientWork
  readonly tree: SourceTree
  readonly blobs: BlobStore
  readonly clock: Clock
  /** Resolves when what tasks had made at that commit is in place here. */
  readonly inPlaceAt: (version: number) => Promise<void>
}

/** Runs the tasks of one build that stay with the client, in its own directories. Returns what ends it. */
export function startClientWorker(options: ClientWorkerOptions): () => Promise<void> {
  const { id, client, work, blobs, clock } = options
  const attempts = new RunningAttempts()
  const startedAt = clock.now()
  const status = (): WorkerStatus => ({
    id,
    host: 'client',
    pid: process.pid,
    version: options.version,
    pool: id,
    slots: 1,
    running: attempts.running,
    platform: { fingerprint: id, os: 'client', arch: process.arch, labels: {} },
    isDraining: false,
    startedAt,
    trees: [],
    sandbox: 'none',
  })
  const announcement = client.workers.announce(status)
  attempts.onChange(() => announcement.changed())
  const workplace = clientDirectories(options)
  const consumer = startWorker({
    name: id,
    slots: 1,
    queue: work.queue,
    executor: work.executor,
    workplace,
    clock,
    blobs,
    attempts,
  })
  return async () => {
    await consumer.drain()
    await announcement.close()
    await work.close()
  }
}

/** As in place, but that what the cluster has made comes first, and that outputs are stored for others. */
function clientDirectories({ tree, inPlaceAt }: ClientWorkerOptions): Workplace {
  return {
    open: async (order: TaskOrder) => {
      await inPlaceAt(order.afterCommit ?? 0)
      tree.expectChanges()
      return { locate: inPlace(order), tree, isApart: true, command: (run) => run, close: () => {} }
    },
  }
}
