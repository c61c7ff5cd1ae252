import { createHash } from 'node:crypto'
import { NatsBlobPeers } from '../../../infra/blob-peers/nats-blob-peers.ts'
import { PeerBackedBlobStore } from '../../../infra/blob-store/peer-backed-blob-store.ts'
import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import { openJetStreamEventLog } from '../../../infra/event-log/jetstream-event-log.ts'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { scanDirectory } from '../../../infra/input-tree/scan-directory.ts'
import { openKvLeaseStore } from '../../../infra/lease/kv-lease-store.ts'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { setupStreams } from '../../../infra/nats/setup-streams.ts'
import { connectRedis, type RedisConnection } from '../../../infra/redis/redis-connection.ts'
import { memoryAdvice, memoryOf } from '../../../infra/redis/redis-memory.ts'
import { NatsRequestDesk } from '../../../infra/request-desk/nats-request-desk.ts'
import { openFileSnapshotStore } from '../../../infra/snapshot-store/file-snapshot-store.ts'
import { diskSourceTree } from '../../../infra/source-tree/disk-source-tree.ts'
import { decodeStatCache, encodeStatCache } from '../../../infra/source-tree/stat-cache.ts'
import { NatsTaskLog } from '../../../infra/task-log/nats-task-log.ts'
import { openJetStreamTaskQueue } from '../../../infra/task-queue/jetstream-task-queue.ts'
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
  const log = await openJetStreamEventLog({ connection, prefix })
  const peers = new NatsBlobPeers({ connection, prefix })
  let redis: RedisConnection | undefined
  const desk = new NatsRequestDesk({ connection, prefix })
  return {
    log,
    openBlobs: async () => {
      redis = await connectRedis({ url: redisUrl, name: `millrace-client-${process.pid}` })
      return new PeerBackedBlobStore(new RedisBlobStore({ connection: redis }), peers, () => {})
    },
    peers,
    desk,
    workers: new NatsWorkerRegistry({ connection, prefix }),
    taskLog: new NatsTaskLog({ connection, prefix }),
    sourceTree: diskSourceTree,
    scan: rememberingScan(`${stateDirectory(stateDir, process.env)}/snapshots`),
    openWork: async (id) => {
      const queue = await openJetStreamTaskQueue({ connection, pool: id, workerId: id, prefix })
      const env = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
      const executor = createShellExecutor({ slots: 1, env: Object.fromEntries(env) })
      return {
        queue,
        executor,
        close: async () => {
          await queue.close()
          await executor.close()
        },
      }
    },
    close: async () => {
      await desk.close()
      await log.close()
      await redis?.close()
      await connection.drain()
    },
  }
}

/** Only the event log of a cluster. */
export async function openClusterLog({ nats, prefix }: ClusterAddresses): Promise<EventLog> {
  const connection = await connectNats({ servers: nats, name: `millrace client ${process.pid}` })
  return closingWith(connection, await openJetStreamEventLog({ connection, prefix }))
}

/** Only its leases. */
export async function openClusterLeases({ nats, prefix }: ClusterAddresses): Promise<LeaseStore> {
  const connection = await connectNats({ servers: nats, name: `millrace client ${process.pid}` })
  return closingWith(connection, await openKvLeaseStore({ connection, prefix }))
}

/** What closes its connection too. */
function closingWith<Opened extends { close(): Promise<void> }>(
  connection: { drain(): Promise<void> },
  opened: Opened,
): Opened {
  const close = opened.close.bind(opened)
  return Object.assign(opened, {
    close: async () => {
      await close()
      await connection.drain()
    },
  })
}

/** Sets the streams up, and tells what the servers are like. */
export async function setUpCluster(
  { nats, redis: redisUrl, prefix }: ClusterAddresses,
  replicas: number | undefined,
): Promise<readonly string[]> {
  const connection = await connectNats({ servers: nats, name: `millrace admin ${process.pid}` })
  try {
    const report = await setupStreams(connection, { prefix, ...(replicas === undefined ? {} : { replicas }) })
    const redis = await connectRedis({ url: redisUrl, name: `millrace-admin-${process.pid}` })
    const advice = memoryAdvice(await memoryOf(redis))
    await redis.close()
    return [
      `NATS ${report.serverVersion}: streams ready, ${report.replicas} copies, durability ${report.durability}`,
      ...report.findings.map((finding) => `  ${finding}`),
      'Redis: ready',
      ...(advice === undefined ? [] : [`  ${advice}`]),
    ]
  } finally {
    await connection.drain()
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
