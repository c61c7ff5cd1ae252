import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { WorkerStatus } from '../../events/worker-status.ts'
import { NatsBlobPeers } from '../../infra/blob-peers/nats-blob-peers.ts'
import { openDiskBlobStore } from '../../infra/blob-store/disk-blob-store.ts'
import { PeerBackedBlobStore } from '../../infra/blob-store/peer-backed-blob-store.ts'
import { RedisBlobStore } from '../../infra/blob-store/redis-blob-store.ts'
import { TwoLevelBlobStore } from '../../infra/blob-store/two-level-blob-store.ts'
import { systemClock } from '../../infra/clock/clock.ts'
import { createShellExecutor } from '../../infra/executor/shell-executor.ts'
import { TreeReader } from '../../infra/input-tree/read-tree.ts'
import { scanDirectory } from '../../infra/input-tree/scan-directory.ts'
import { WorkerDisk } from '../../infra/input-tree/stage-directory.ts'
import { connectNats } from '../../infra/nats/nats-connection.ts'
import { hostPlatform } from '../../infra/platform/host-platform.ts'
import { connectRedis } from '../../infra/redis/redis-connection.ts'
import { bubblewrapSandbox } from '../../infra/sandbox/bubblewrap-sandbox.ts'
import { plainSandbox } from '../../infra/sandbox/plain-sandbox.ts'
import { probeBubblewrap } from '../../infra/sandbox/probe-bubblewrap.ts'
import type { Sandbox } from '../../infra/sandbox/sandbox.ts'
import { diskSourceTree } from '../../infra/source-tree/disk-source-tree.ts'
import { NatsTaskLog } from '../../infra/task-log/nats-task-log.ts'
import { openJetStreamTaskQueue } from '../../infra/task-queue/jetstream-task-queue.ts'
import { NatsWorkerRegistry } from '../../infra/worker-registry/nats-worker-registry.ts'
import { aborted } from '../aborted.ts'
import type { ClusterAddresses } from '../cluster-addresses.ts'
import { UserError } from '../user-error.ts'
import { RunningAttempts } from './running-attempts.ts'
import { StagedWorkplace } from './staged-workplace.ts'
import { startWorker } from './worker.ts'

/** How often what a worker keeps for others is held to its limits, in ms. */
const collectEachMs = 60_000

export interface WorkerFlags {
  readonly addresses: ClusterAddresses
  readonly version: string
  /** Unique among all workers. */
  readonly id: string
  readonly pool: string
  readonly slots: number
  /** Of this worker alone. */
  readonly directory: string
  readonly labels: Readonly<Record<string, string>>
  /** Stands for the platform in place of what is found out about this host. */
  readonly platform?: string
  /** `none`: commands are run without one, if bubblewrap does not work here. */
  readonly sandbox: 'bubblewrap' | 'none'
  readonly diskBytesMax: number
  readonly tell: (line: string) => void
}

/** Runs tasks of a pool until the signal; then ends what it runs, and resolves. */
export async function runWorker(flags: WorkerFlags, signal: AbortSignal): Promise<void> {
  const { addresses, id, pool, slots, directory, tell } = flags
  const sandbox = await openSandbox(flags)
  const connection = await connectNats({ servers: addresses.nats, name: `millrace worker ${id}` })
  const redis = await connectRedis({ url: addresses.redis, name: `millrace-worker-${id}` })
  const near = openDiskBlobStore({ directory: join(directory, 'cache'), onTrouble: tell })
  const peers = new NatsBlobPeers({ connection, prefix: addresses.prefix })
  const shared = new RedisBlobStore({ connection: redis })
  const blobs = new TwoLevelBlobStore(
    near,
    new PeerBackedBlobStore(shared, peers, ({ message }) =>
      tell(`warning: ${message}; blobs go from worker to worker`),
    ),
  )
  const collecting = setInterval(() => {
    near.collect(systemClock.now()).catch(({ message }: Error) => tell(`warning: ${message}`))
  }, collectEachMs).unref()
  const stopPeer = peers.serve((digest) => near.get(digest))
  const disk = new WorkerDisk({ directory: join(directory, 'contents'), blobs, bytesMax: flags.diskBytesMax })
  const reader = new TreeReader(blobs)
  const workplace = new StagedWorkplace({
    stages: Array.from({ length: slots }, (_, slot) => disk.openStage(join(directory, 'stages', String(slot)))),
    readTree: (root) => reader.read(root),
    sandbox,
    blobs,
    scan: async (path) => (await scanDirectory(path)).entries,
    disk: () => diskSourceTree('/'),
  })
  const home = join(directory, 'home')
  mkdirSync(home, { recursive: true })
  const executor = createShellExecutor({ slots, env: commandEnvironment(home) })
  await executor.start()
  const queue = await openJetStreamTaskQueue({ connection, pool, workerId: id, prefix: addresses.prefix })
  const attempts = new RunningAttempts()
  let isDraining = false
  const startedAt = systemClock.now()
  const { labels, platform: named } = flags
  const platform = hostPlatform({ labels, sandbox: flags.sandbox, ...(named === undefined ? {} : { named }) })
  const status = (): WorkerStatus => ({
    id,
    host: hostname(),
    pid: process.pid,
    version: flags.version,
    pool,
    slots,
    running: attempts.running,
    platform,
    isDraining,
    startedAt,
    trees: workplace.trees,
    sandbox: flags.sandbox,
  })
  const log = new NatsTaskLog({ connection, prefix: addresses.prefix })
  const announcement = new NatsWorkerRegistry({ connection, prefix: addresses.prefix }).announce(status)
  const consumer = startWorker({
    name: id,
    slots,
    queue,
    executor,
    workplace,
    clock: systemClock,
    blobs,
    onOutput: ({ buildId, task }, piece) => log.send(buildId, String(task), piece),
    attempts,
  })
  attempts.onChange(() => announcement.changed())
  tell(`worker ${id} takes tasks of pool ${pool}, ${slots} at once (${sandbox.description})`)
  await aborted(signal)
  tell(`worker ${id} ends ${attempts.running.length} tasks and stops`)
  isDraining = true
  announcement.changed()
  await consumer.drain()
  stopPeer()
  clearInterval(collecting)
  await announcement.close()
  await queue.close()
  await executor.close()
  await blobs.close()
  await redis.close()
  await connection.drain()
}

async function openSandbox({ sandbox, tell, directory }: WorkerFlags): Promise<Sandbox> {
  if (sandbox === 'none') {
    const plain = plainSandbox({ stages: join(directory, 'stages') })
    for (const line of plain.doesNotProtect) tell(`warning: ${line}`)
    return plain
  }
  const probe = await probeBubblewrap()
  if (probe.kind === 'works') return bubblewrapSandbox(probe.options)
  throw new UserError(`${probe.why}; or run the worker with --sandbox none`)
}

/** Commands find the same around them on every worker. */
function commandEnvironment(home: string): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
  }
}
