import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import test, { type ExecutionContext } from 'ava'
import { jetStreamHealth } from '../../../infra/nats/jetstream-health.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { NatsError } from '../../../infra/nats/nats-error.ts'
import { setupStreams } from '../../../infra/nats/setup-streams.ts'
import { streams } from '../../../infra/nats/streams.ts'
import { NatsServer } from '../../rig/nats-server.ts'

const server = await NatsServer.started()
test.after.always(() => server.remove())

let prefixes = 0

interface Rig {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  /** No other test's. */
  readonly prefix: string
}

async function rig(t: ExecutionContext): Promise<Rig> {
  const connection = await connectNats({ servers: server.url, name: t.title })
  t.teardown(() => connection.close())
  return { connection, manager: await jetstreamManager(connection), prefix: `setup-${++prefixes}` }
}

test('set-up makes every stream, and again it changes nothing', async (t) => {
  const { connection, manager, prefix } = await rig(t)
  const report = await setupStreams(connection, { prefix })
  t.is(report.replicas, 1)
  t.is(report.durability, 'process')
  t.is(report.serverVersion, connection.info!.version)
  t.is(report.findings.length, 1)
  for (const { name } of Object.values(streams(prefix))) {
    const { config, state } = await manager.streams.info(name)
    t.is(config.storage, 'file')
    t.is(config.discard, 'new')
    t.is(state.messages, 0, name)
  }
  t.deepEqual(await setupStreams(connection, { prefix }), report)
})

test('several processes may set up at once', async (t) => {
  const { connection, prefix } = await rig(t)
  await t.notThrowsAsync(Promise.all(Array.from({ length: 5 }, () => setupStreams(connection, { prefix }))))
})

test('streams that were set up otherwise are mended, and keep their messages', async (t) => {
  const { connection, manager, prefix } = await rig(t)
  const { builds } = streams(prefix)
  await manager.streams.add({ ...builds, discard: 'old', deny_delete: false, max_age: 3_600_000_000_000 })
  connection.publish(`${prefix}.builds.some.1`, 'commit')
  await setupStreams(connection, { prefix })
  const { config, state } = await manager.streams.info(builds.name)
  t.is(config.max_age, 0)
  t.is(config.discard, 'new')
  t.true(config.deny_delete)
  t.is(state.messages, 1)
})

test('a stream in memory is refused, with the mend', async (t) => {
  const { connection, manager, prefix } = await rig(t)
  await manager.streams.add({ ...streams(prefix).builds, storage: 'memory' })
  const { message } = (await t.throwsAsync(setupStreams(connection, { prefix }), { instanceOf: NatsError }))!
  t.regex(message, /^NATS stream SETUP-\d+_BUILDS: storage is "memory", not "file"; .*move the stream away/)
})

test('a server that already has commits is probed without touching them', async (t) => {
  const { connection, manager, prefix } = await rig(t)
  await setupStreams(connection, { prefix })
  connection.publish(`${prefix}.builds.some.1`, 'commit')
  await setupStreams(connection, { prefix })
  t.is((await manager.streams.info(streams(prefix).builds.name)).state.last_seq, 1)
})

test('a server without JetStream is refused, with the mend', async (t) => {
  const plain = await NatsServer.started({ jetStream: false })
  t.teardown(() => plain.remove())
  const connection = await connectNats({ servers: plain.url, name: t.title })
  t.teardown(() => connection.close())
  const expected = { instanceOf: NatsError, message: /has JetStream off.* start it with nats-server -js/ }
  await t.throwsAsync(setupStreams(connection), expected)
  await t.throwsAsync(jetStreamHealth(connection, 1_000), expected)
})

test('health is a message that was stored; a server that hangs is not healthy', async (t) => {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const connection = await connectNats({ servers: own.url, name: t.title })
  t.teardown(() => connection.close())
  await setupStreams(connection)
  t.true((await jetStreamHealth(connection, 10_000)) < 10_000)
  await own.signal('SIGSTOP')
  await t.throwsAsync(jetStreamHealth(connection, 200), { instanceOf: NatsError, message: /within 200 ms/ })
  await own.signal('SIGCONT')
  await t.notThrowsAsync(jetStreamHealth(connection, 10_000))
})
