import test, { type ExecutionContext } from 'ava'
import { connectRedis, type RedisConnection } from '../../../infra/redis/redis-connection.ts'
import { RedisError } from '../../../infra/redis/redis-error.ts'
import { memoryAdvice, memoryOf } from '../../../infra/redis/redis-memory.ts'
import { freePort } from '../../rig/free-port.ts'
import { RedisServer } from '../../rig/redis-server.ts'
import { until } from '../../rig/until.ts'
import { connectedRedis } from './connected-redis.ts'

const name = 'millrace-test'
const ping = (connection: RedisConnection) => connection.ask((redis) => redis.ping())
const set = (connection: RedisConnection) => connection.ask((redis) => redis.set('key', Buffer.alloc(100)))

async function rejectsWith(t: ExecutionContext, work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: RedisError, message })
  t.false(error?.message.includes('\n') || error?.message.includes('secret'))
}

test('a server that is not there, or no address, is told with a mend', async (t) => {
  const port = await freePort()
  const url = `redis://user:secret@127.0.0.1:${port}`
  const mend = /^Redis at 127\.0\.0\.1:\d+ can't be reached \(ECONNREFUSED\); start it .* MILLRACE_REDIS_URL$/
  await rejectsWith(t, connectRedis({ url, name }), mend)
  for (const bad of ['', 'localhost:6379', 'http://localhost', 'redis://'])
    await rejectsWith(t, connectRedis({ url: bad, name }), /write redis:\/\/host:6379$/)
})

test('a wrong password, and none, are told with a mend', async (t) => {
  const server = await RedisServer.started('--requirepass', 'right')
  t.teardown(() => server.remove())
  const withPassword = (password: string) => server.url.replace('//', `//:${password}@`)
  await rejectsWith(t, connectRedis({ url: withPassword('secret'), name }), / refuses this user or password; /)
  await rejectsWith(t, connectRedis({ url: server.url, name }), / wants a password; write redis:/)
  const connection = await connectRedis({ url: withPassword('right'), name })
  t.is(await ping(connection), 'PONG')
  await connection.close()
})

test('a full server that may not evict is told with a mend', async (t) => {
  const { connection } = await connectedRedis(t, '--maxmemory', '1mb', '--maxmemory-policy', 'noeviction')
  await rejectsWith(
    t,
    connection.ask((redis) => redis.set('key', Buffer.alloc(100_000))),
    / has no memory left and may not evict; /,
  )
})

test('a read-only replica is told with a mend', async (t) => {
  const server = await RedisServer.started('--replicaof', '127.0.0.1', '1')
  t.teardown(() => server.remove())
  await rejectsWith(t, connectRedis({ url: server.url, name }), / is a read-only replica; name the primary in the URL$/)
})

test('what the user may not do is told with a mend', async (t) => {
  const { server, connection } = await connectedRedis(t)
  await connection.ask((redis) => redis.acl('SETUSER', 'weak', 'on', '>secret', '~millrace:*', '+@all', '-set'))
  const weak = await connectRedis({ url: server.url.replace('//', '//weak:secret@'), name })
  await rejectsWith(t, set(weak), / does not let this user do that; /)
  await weak.close()
})

test('a lost server fails what is asked soon, then at once, and is there again when it is', async (t) => {
  const { server, connection } = await connectedRedis(t)
  t.is(await ping(connection), 'PONG')
  await server.signal('SIGKILL')
  await rejectsWith(t, ping(connection), / can't be reached \(ECONNREFUSED\); /)
  await until('it is known to be away', async () => {
    const beganAt = performance.now()
    await t.throwsAsync(ping(connection))
    return performance.now() - beganAt < 100
  })
  await server.start()
  await until('it answers again', () =>
    ping(connection).then(
      () => true,
      () => false,
    ),
  )
  t.is(await set(connection), 'OK')
})

test('a server that is back within the deadline is not missed', async (t) => {
  const { server, connection } = await connectedRedis(t)
  await server.signal('SIGKILL')
  const pong = ping(connection)
  await server.start()
  t.is(await pong, 'PONG')
})

test('a server that hangs fails what is asked, and is there again when it goes on', async (t) => {
  const { server, connection } = await connectedRedis(t)
  await server.signal('SIGSTOP')
  await rejectsWith(t, ping(connection), / does not answer in time; |can't be reached/)
  await t.throwsAsync(ping(connection), { instanceOf: RedisError })
  await server.signal('SIGCONT')
  await until('it answers again', () =>
    ping(connection).then(
      () => true,
      () => false,
    ),
  )
  t.is(await set(connection), 'OK')
})

test('closing twice does nothing, also while the server is away; what is asked then fails', async (t) => {
  const { server, connection } = await connectedRedis(t)
  await server.signal('SIGKILL')
  await connection.close()
  await connection.close()
  await rejectsWith(t, ping(connection), / was closed; /)
})

test('settings of memory that a shared cache should not have are told', async (t) => {
  const { connection } = await connectedRedis(t)
  const advice = async (bytes: string, policy: string) => {
    await connection.ask((redis) => redis.config('SET', 'maxmemory', bytes, 'maxmemory-policy', policy))
    return memoryAdvice(await memoryOf(connection))
  }
  t.regex((await advice('0', 'volatile-ttl'))!, /set maxmemory/)
  t.regex((await advice('100mb', 'noeviction'))!, /volatile-ttl/)
  t.regex((await advice('100mb', 'allkeys-lru'))!, /volatile-ttl/)
  t.is(await advice('100mb', 'volatile-ttl'), undefined)
  t.is((await memoryOf(connection)).bytesMax, 100 * 1024 * 1024)
})
