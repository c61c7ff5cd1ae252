import type { NatsConnection } from '@nats-io/transport-node'
import type { ExecutionContext } from 'ava'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { setupStreams } from '../../../infra/nats/setup-streams.ts'
import type { NatsServer } from '../../rig/nats-server.ts'

let made = 0

/** A connection of a test's own, closed after it. */
export async function connected(t: ExecutionContext, server: NatsServer): Promise<NatsConnection> {
  const connection = await connectNats({ servers: server.url, name: t.title })
  t.teardown(() => connection.close())
  return connection
}

/** Streams on a server that no other test uses, told apart by their prefix. */
export async function scratchStreams(connection: NatsConnection): Promise<string> {
  const prefix = `scratch-${++made}`
  await setupStreams(connection, { prefix })
  return prefix
}
