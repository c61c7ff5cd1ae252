import { randomBytes } from 'node:crypto'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { NatsBlobPeers } from '../../../infra/blob-peers/nats-blob-peers.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { NatsServer } from '../../rig/nats-server.ts'

test('a blob comes from whoever has it, whole and checked, and what nobody has is nowhere', async (t) => {
  const server = await NatsServer.started()
  t.teardown(() => server.remove())
  const connections = await Promise.all(
    ['one', 'two', 'three'].map((name) => connectNats({ servers: server.url, name })),
  )
  t.teardown(() => Promise.all(connections.map((connection) => connection.close())))
  const [asking, lying, having] = connections.map((connection) => new NatsBlobPeers({ connection, answerMs: 500 }))
  const large = randomBytes(3_000_000)
  t.is(await asking!.fetch(digestOf(large)), null)

  lying!.serve(() => randomBytes(large.length))
  const stop = having!.serve(
    (digest) => [large, Buffer.alloc(0)].find((content) => digestOf(content) === digest) ?? null,
  )
  await Promise.all(connections.map((connection) => connection.flush()))
  t.deepEqual(Buffer.from((await asking!.fetch(digestOf(large)))!), large)
  stop()
  await connections[2]!.flush()
  t.is(await asking!.fetch(digestOf(large)), null, 'a content that is another one is not taken')
})
