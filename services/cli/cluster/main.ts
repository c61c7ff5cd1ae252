import { createHash } from 'node:crypto'
import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import { openJetStreamEventLog } from '../../../infra/event-log/jetstream-event-log.ts'
import { scanDirectory } from '../../../infra/input-tree/scan-directory.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { connectRedis } from '../../../infra/redis/redis-connection.ts'
import { NatsRequestDesk } from '../../../infra/request-desk/nats-request-desk.ts'
import { openFileSnapshotStore } from '../../../infra/snapshot-store/file-snapshot-store.ts'
import { diskSourceTree } from '../../../infra/source-tree/disk-source-tree.ts'
import { decodeStatCache, encodeStatCache } from '../../../infra/source-tree/stat-cache.ts'
import { NatsTaskLog } from '../../../infra/task-log/nats-task-log.ts'
import { NatsWorkerRegistry } from '../../../infra/worker-registry/nats-worker-registry.ts'
import type { ClusterAddresses } from '../../cluster-addresses.ts'
import { stateDirectory } from '../state-directory.ts'
import type { ClusterClient, ScanFiles } from './cluster-client.ts'

/** Opens what a command line needs to speak with a cluster. */
export async function openCluster(
  { nats, redis: redisUrl, prefix }: ClusterAddresses,
  stateDir: string | undefined,
): Promise<ClusterClient> {
  const connection = await connectNats({ servers: nats, name: `millrace client ${process.pid}` })
  const redis = await connectRedis({ url: redisUrl, name: `millrace-client-${process.pid}` })
  const log = await openJetStreamEventLog({ connection, prefix })
  const blobs = new RedisBlobStore({ connection: redis })
  const desk = new NatsRequestDesk({ connection, prefix })
  return {
    log,
    blobs,
    desk,
    workers: new NatsWorkerRegistry({ connection, prefix }),
    taskLog: new NatsTaskLog({ connection, prefix }),
    sourceTree: diskSourceTree,
    scan: rememberingScan(`${stateDirectory(stateDir, process.env)}/snapshots`),
    close: async () => {
      await desk.close()
      await log.close()
      await blobs.close()
      await redis.close()
      await connection.drain()
    },
  }
}

/** What files were like is kept beside what is remembered of work trees. */
function rememberingScan(directory: string): ScanFiles {
  const snapshots = openFileSnapshotStore(directory)
  return async (path, exclude) => {
    const name = `${createHash('sha256').update(path).digest('hex').slice(0, 32)}-sources`
    const kept = await snapshots.load(name)
    const scan = await scanDirectory(path, { exclude, ...(kept === null ? {} : { known: decodeStatCache(kept) }) })
    if (scan.hashedFiles > 0) await snapshots.save(name, encodeStatCache(scan.known))
    return scan
  }
}
