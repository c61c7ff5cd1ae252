import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { BuildReply } from '../../events/build-request-form.ts'
import { RedisActionCache } from '../../infra/action-cache/redis-action-cache.ts'
import { TolerantActionCache } from '../../infra/action-cache/tolerant-action-cache.ts'
import { NatsBlobPeers } from '../../infra/blob-peers/nats-blob-peers.ts'
import { MemoryBlobStore } from '../../infra/blob-store/memory-blob-store.ts'
import { PeerBackedBlobStore } from '../../infra/blob-store/peer-backed-blob-store.ts'
import { RedisBlobStore } from '../../infra/blob-store/redis-blob-store.ts'
import { TwoLevelBlobStore } from '../../infra/blob-store/two-level-blob-store.ts'
import { systemClock } from '../../infra/clock/clock.ts'
import { openJetStreamEventLog } from '../../infra/event-log/jetstream-event-log.ts'
import { TreeReader } from '../../infra/input-tree/read-tree.ts'
import { openKvLeaseStore } from '../../infra/lease/kv-lease-store.ts'
import { leaseProcess } from '../../infra/lease/lease-process.ts'
import { connectNats } from '../../infra/nats/nats-connection.ts'
import { setupStreams } from '../../infra/nats/setup-streams.ts'
import { connectRedis } from '../../infra/redis/redis-connection.ts'
import { NatsRequestDesk } from '../../infra/request-desk/nats-request-desk.ts'
import { GitSourceFetcher } from '../../infra/source-fetcher/git-source-fetcher.ts'
import { openJetStreamTaskQueue } from '../../infra/task-queue/jetstream-task-queue.ts'
import type { Telemetry } from '../../infra/telemetry/telemetry.ts'
import { NatsWorkerRegistry } from '../../infra/worker-registry/nats-worker-registry.ts'
import type { WorkerPolicy } from '../../machines/scheduling/worker-choice.ts'
import { aborted } from '../aborted.ts'
import type { ClusterAddresses } from '../cluster-addresses.ts'
import { DispatchHub } from './replica/dispatch-hub.ts'
import { ProjectDurations } from './replica/project-durations.ts'
import { Questions } from './replica/questions.ts'
import { readRequest } from './replica/read-request.ts'
import { Replica } from './replica/replica.ts'
import type { ReplicaLogger } from './replica/replica-context.ts'

export interface CoordinatorFlags {
  readonly addresses: ClusterAddresses
  readonly version: string
  readonly policy: WorkerPolicy
  /** For what it keeps on disk. */
  readonly directory: string
  readonly logger: ReplicaLogger
}

/** Directories of input trees, and texts of graphs, that are kept here, in bytes. */
const nearBytesMax = 256 * 1024 * 1024
const collectEachMs = 10_000

/** How long the builds that are left may take to find another owner before this process ends, in ms. */
const handOverMs = 500

/** Serves requests and drives builds until the signal; then leaves them to other replicas, and resolves. */
export async function runCoordinator(flags: CoordinatorFlags, signal: AbortSignal): Promise<void> {
  const { addresses, version, policy, logger } = flags
  const { prefix } = addresses
  const connection = await connectNats({ servers: addresses.nats, name: `millrace coordinator ${process.pid}` })
  const setup = await setupStreams(connection, { prefix })
  const redis = await connectRedis({ url: addresses.redis, name: `millrace-coordinator-${process.pid}` })
  const log = await openJetStreamEventLog({ connection, prefix })
  const leases = await openKvLeaseStore({ connection, prefix })
  const queue = await openJetStreamTaskQueue({ connection, pool: 'default', prefix })
  const workers = new NatsWorkerRegistry({ connection, prefix }).watch()
  const hub = new DispatchHub({ queue, workers, clock: systemClock, policy })
  const peers = new NatsBlobPeers({ connection, prefix })
  const near = new MemoryBlobStore()
  await near.setLimits({ bytesMax: nearBytesMax, unusedMsMax: 0 })
  const trouble = ({ message }: Error) => {
    logger.warn({}, message)
    replica.warn(`${message}; the build goes on without it`)
  }
  const blobs = new TwoLevelBlobStore(
    near,
    new PeerBackedBlobStore(new RedisBlobStore({ connection: redis }), peers, trouble),
  )
  const actions = new TolerantActionCache(new RedisActionCache({ connection: redis }), trouble)
  const collecting = setInterval(() => near.collect(systemClock.now()), collectEachMs).unref()
  const stopPeer = peers.serve((digest) => near.get(digest))
  const reader = new TreeReader(blobs)
  const telemetry = await openTelemetry(flags, process.env)
  const replica: Replica = new Replica({
    identity: leaseProcess(process.pid)!,
    requester: { host: hostname(), pid: process.pid, version },
    clock: systemClock,
    log,
    leases,
    queue,
    workers,
    hub,
    blobs,
    actions,
    readTree: (root) => reader.read(root),
    durations: new ProjectDurations(log),
    fetcher: new GitSourceFetcher(join(flags.directory, 'git')),
    random: () => randomBytes(16),
    logger,
    telemetry,
  })
  const desk = new NatsRequestDesk({ connection, prefix })
  leases.onLost((buildId) => replica.lose(buildId))
  leases.watchLapsed(({ key, reason }) => {
    if (reason === 'lapsed') void replica.takeOver(key)
  })
  const questions = new Questions(replica, hub)
  const stopAnswering = desk.answerAll((question) => questions.answer(question))
  const stopServing = desk.serve(async (project, body): Promise<BuildReply> => {
    try {
      const read = await readRequest(body, {
        project,
        now: systemClock.now(),
        attachGraph: async (graph) => log.attach(Buffer.from(JSON.stringify(graph))),
      })
      if (!read.ok) return { accepted: false, message: read.message }
      const buildId = await replica.accept(read.request, read.id)
      return { accepted: true, buildId, durability: setup.durability }
    } catch (error) {
      logger.error({ error }, 'a request can not be accepted')
      return { accepted: false, message: error instanceof Error ? error.message : String(error) }
    }
  })
  // From now on the server knows that somebody serves.
  await connection.flush()
  logger.info({ durability: setup.durability, nats: setup.serverVersion, policy }, 'coordinator serves')
  for (const finding of setup.findings) logger.warn({}, finding)
  await aborted(signal)
  await stopServing()
  clearInterval(collecting)
  stopPeer()
  await stopAnswering()
  await replica.drain(async (buildIds) => {
    const answers = await desk.askAll({ type: 'take-over', buildIds }, handOverMs)
    return answers.length > 0
  })
  hub.close()
  workers.close()
  await queue.close()
  await leases.close()
  await log.close()
  await actions.close()
  await blobs.close()
  await redis.close()
  await connection.drain()
  await telemetry?.close()
}

/** Traces go where `OTEL_EXPORTER_OTLP_ENDPOINT` says; without it nothing of them is loaded. */
async function openTelemetry(
  { version, logger }: CoordinatorFlags,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName }: NodeJS.ProcessEnv,
): Promise<Telemetry | undefined> {
  if (endpoint === undefined || endpoint === '') return undefined
  if (!URL.canParse(endpoint)) {
    logger.warn({}, `no traces: OTEL_EXPORTER_OTLP_ENDPOINT is no address: ${endpoint}; http://127.0.0.1:4318 is one`)
    return undefined
  }
  const { OtlpTelemetry } = await import('../../infra/telemetry/otlp-telemetry.ts')
  return new OtlpTelemetry({ endpoint, version, serviceName, onTrouble: (line) => logger.warn({}, line) })
}
