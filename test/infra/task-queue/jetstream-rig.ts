import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { ExecutionContext } from 'ava'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { setupStreams } from '../../../infra/nats/setup-streams.ts'
import { streams } from '../../../infra/nats/streams.ts'
import {
  type JetStreamTaskQueueOptions,
  openJetStreamTaskQueue,
} from '../../../infra/task-queue/jetstream-task-queue.ts'
import type { TaskQueue } from '../../../infra/task-queue/task-queue.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { until } from '../../rig/until.ts'

export interface QueueRig {
  readonly server: NatsServer
  readonly prefix: string
  /** The test's own connection. */
  readonly connection: NatsConnection
  /** Makes the streams, also after the server has lost them. */
  addStreams(): Promise<void>
  /** A queue with a connection of its own. */
  queue(options?: Partial<JetStreamTaskQueueOptions>): Promise<TaskQueue>
  /** How many messages are in the stream of orders or of reports. */
  stored(stream: 'tasks' | 'results'): Promise<number>
}

/** A queue's streams under a prefix of their own, on the server given or one of the test's own. */
export async function queueRig(t: ExecutionContext, shared?: NatsServer, prefix = 'millrace'): Promise<QueueRig> {
  const server = shared ?? (await NatsServer.started())
  const connect = async () => {
    const connection = await connectNats({ servers: server.url, name: t.title })
    t.teardown(() => connection.close())
    return connection
  }
  if (shared === undefined) t.teardown(() => server.remove())
  const connection = await connect()
  const addStreams = async () => {
    // A request that is under way while the connection is made again is lost.
    await until('the server answers', () => connection.rtt().then(Number.isFinite, () => false))
    await setupStreams(connection, { prefix })
  }
  await addStreams()
  const manager = await jetstreamManager(connection, { checkAPI: false })
  return {
    server,
    prefix,
    connection,
    addStreams,
    queue: async (options) => {
      const own = { connection: await connect(), pool: 'test', workerId: 'w', prefix }
      const queue = await openJetStreamTaskQueue({ ...own, ...options })
      t.teardown(() => queue.close())
      return queue
    },
    stored: async (stream) => (await manager.streams.info(streams(prefix)[stream].name)).state.messages,
  }
}
