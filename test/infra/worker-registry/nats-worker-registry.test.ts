import type { NatsConnection } from '@nats-io/transport-node'
import test, { type ExecutionContext } from 'ava'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { NatsWorkerRegistry } from '../../../infra/worker-registry/nats-worker-registry.ts'
import { workerRegistryConformance, workerStatus } from '../../conformance/worker-registry.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { until } from '../../rig/until.ts'

let server: NatsServer
let rigs = 0
test.before(async () => {
  server = await NatsServer.started()
})
test.after.always(() => server.remove())

async function connect(t: ExecutionContext, to = server): Promise<NatsConnection> {
  const connection = await connectNats({ servers: to.url, name: t.title })
  t.teardown(() => connection.close())
  return connection
}

workerRegistryConformance('NATS', (t) => {
  const prefix = `test-${++rigs}`
  return { open: async () => new NatsWorkerRegistry({ connection: await connect(t), prefix }) }
})

test('a worker that died is lost after its silence', async (t) => {
  const connection = await connect(t)
  const watch = new NatsWorkerRegistry({ connection: await connect(t), prefix: 'dying' }).watch()
  const lost: string[] = []
  watch.onLost((id) => lost.push(id))
  const announcement = new NatsWorkerRegistry({ connection, prefix: 'dying' }).announce(() => workerStatus('w'))
  await until('it is heard of', () => watch.workers().length === 1)
  const silentSince = performance.now()
  await connection.close()
  await announcement.close()
  await until('it is lost', () => lost.length === 1)
  const silentMs = performance.now() - silentSince
  t.true(silentMs > 2_400 && silentMs < 6_000, `${silentMs} ms`)
  t.deepEqual([lost, watch.workers()], [['w'], []])
  watch.close()
})

test('announcements that make no sense are counted, and what is unknown in one is left out', async (t) => {
  const connection = await connect(t)
  const watch = new NatsWorkerRegistry({ connection, prefix: 'odd' }).watch()
  const announce = (id: string, status: unknown) => connection.publish(`odd.workers.${id}`, JSON.stringify(status))
  connection.publish('odd.workers.a', '{"id":')
  announce('a', null)
  announce('a', { ...workerStatus('a'), slots: -1 })
  announce('a', workerStatus('b'))
  announce('a', { ...workerStatus('a'), trees: Array.from({ length: 33 }, () => `${'0'.repeat(64)}/1`) })
  announce('c', { ...workerStatus('c'), later: 1 })
  await until('the one that does make sense is heard of', () => watch.workers().length > 0)
  t.deepEqual([watch.workers(), watch.malformed()], [[workerStatus('c')], 5])
  watch.close()
})

test('no worker is lost while the server is away, and all are heard of again when it is back', async (t) => {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const watch = new NatsWorkerRegistry({ connection: await connect(t, own) }).watch()
  const lost: string[] = []
  watch.onLost((id) => lost.push(id))
  let slots = 1
  const registry = new NatsWorkerRegistry({ connection: await connect(t, own) })
  const announcement = registry.announce(() => workerStatus('w', { slots }))
  await until('it is heard of', () => watch.workers().length === 1)
  await own.signal('SIGKILL')
  slots = 2
  const awaySince = performance.now()
  await until('the silence is longer than one that counts', () => performance.now() - awaySince > 4_000)
  t.is(watch.workers().length, 1)
  await own.start()
  await until('it is heard of again', () => watch.workers()[0]?.slots === 2)
  t.deepEqual(lost, [])
  await announcement.close()
  watch.close()
})
