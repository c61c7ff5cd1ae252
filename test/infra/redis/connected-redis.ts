import type { ExecutionContext } from 'ava'
import { connectRedis, type RedisConnection } from '../../../infra/redis/redis-connection.ts'
import { RedisServer } from '../../rig/redis-server.ts'

/** A server of its own for a test and a connection to it, both gone when it ends. */
export async function connectedRedis(
  t: ExecutionContext,
  ...options: readonly string[]
): Promise<{ readonly server: RedisServer; readonly connection: RedisConnection }> {
  const server = await RedisServer.started(...options)
  t.teardown(() => server.remove())
  const connection = await connectRedis({ url: server.url, name: 'millrace-test' })
  t.teardown(() => connection.close())
  return { server, connection }
}
