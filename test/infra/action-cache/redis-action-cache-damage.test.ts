import test from 'ava'
import fc from 'fast-check'
import { sha256Hex } from '../../../events/digest.ts'
import { ActionCacheError } from '../../../infra/action-cache/action-cache.ts'
import { RedisActionCache } from '../../../infra/action-cache/redis-action-cache.ts'
import { connectRedis, type RedisConnection } from '../../../infra/redis/redis-connection.ts'
import { until } from '../../rig/until.ts'
import { all } from '../event-log/sample-commits.ts'
import { connectedRedis } from '../redis/connected-redis.ts'
import { actionOf, readSetOf } from './sample-actions.ts'

const manyPaths = Array.from({ length: 100 }, (_, i) => `$src/include/header-${i}.hpp`)
const actions = Array.from({ length: 12 }, (_, i) =>
  actionOf(`task ${i >> 1}`, readSetOf(`$src/header-${i}.hpp`, ...(i % 3 === 0 ? manyPaths : []))),
)

async function fill(cache: RedisActionCache): Promise<void> {
  for (const action of actions) await cache.put(action)
}

const keysOf = (connection: RedisConnection) => connection.ask((redis) => redis.keys('millrace:*'))

test('whatever is written over a value, no other result is given, and it can be kept again', async (t) => {
  const { connection } = await connectedRedis(t)
  const cache = new RedisActionCache({ connection })
  await fill(cache)
  const keys = (await keysOf(connection)).sort()
  const damage = fc.oneof(
    fc.record({ at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ cutTo: fc.nat() }),
    fc.record({ bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ from: fc.constantFrom(...keys) }),
    fc.constant({ isList: true }),
    fc.constant({ isGone: true }),
  )
  const property = fc.asyncProperty(fc.constantFrom(...keys), damage, async (key, how) => {
    await connection.ask(async (redis) => {
      const value = (await redis.getBuffer(key))!
      if ('at' in how) value[how.at % value.byteLength]! ^= 1 << how.bit
      if ('isGone' in how || 'isList' in how) await redis.del(key)
      if ('isList' in how) await redis.lpush(key, 'item')
      if ('at' in how) await redis.set(key, value)
      if ('cutTo' in how) await redis.set(key, value.subarray(0, how.cutTo % value.byteLength))
      if ('bytes' in how) await redis.set(key, Buffer.from(how.bytes))
      if ('from' in how) await redis.set(key, (await redis.getBuffer(how.from))!)
    })
    for (const { actionKey, taskKey, result } of actions) {
      const given = await cache.result(actionKey)
      if (given !== null && JSON.stringify(given) !== JSON.stringify(result)) throw new Error('another result')
      for (const readSet of await cache.readSets(taskKey))
        if (!actions.some((action) => JSON.stringify(action.readSet) === JSON.stringify(readSet)))
          throw new Error('another read set')
    }
    for (const { actionKey, result } of await all(cache.entries())) {
      const expected = actions.find((action) => action.actionKey === actionKey)?.result
      if (JSON.stringify(result) !== JSON.stringify(expected)) throw new Error('another entry')
    }
    await cache.removeUnused(0)
    await fill(cache)
    for (const { actionKey, taskKey, readSet } of actions) {
      if ((await cache.result(actionKey)) === null) throw new Error('a result can not be kept')
      const sets = (await cache.readSets(taskKey)).map((set) => JSON.stringify(set))
      if (!sets.includes(JSON.stringify(readSet))) throw new Error('a read set can not be kept')
    }
    await cache.flush()
    await connection.ask((redis) => redis.flushall())
    await fill(cache)
  })
  await fc.assert(property, { numRuns: 60, includeErrorInReport: true })
  t.pass()
})

test('results that are damaged, or under another key, are counted and removed, and the others stay', async (t) => {
  const { connection } = await connectedRedis(t)
  const cache = new RedisActionCache({ connection })
  await fill(cache)
  const [first, second, third] = actions.map(({ actionKey }) => `millrace:result:${actionKey}`)
  await connection.ask((redis) => redis.copy(first!, second!, 'REPLACE'))
  await connection.ask((redis) => redis.setrange(third!, 40, 'x'))
  t.deepEqual(await cache.verify(), { checked: actions.length, damaged: 2 })
  t.deepEqual(await cache.verify(), { checked: actions.length - 2, damaged: 0 })
  t.deepEqual(await cache.result(actions[0]!.actionKey), actions[0]!.result)
})

test('every value expires, and a look-up renews that', async (t) => {
  const { connection } = await connectedRedis(t)
  const clock = { nowMs: Date.now() }
  const lifeMs = 1_000_000
  const cache = new RedisActionCache({ connection, lifeMs, now: () => clock.nowMs })
  await cache.put(actions[0]!)
  const keys = await keysOf(connection)
  t.is(keys.length, 3)
  clock.nowMs += 1000
  await cache.result(actions[0]!.actionKey)
  await cache.flush()
  for (const key of keys) t.is(await connection.ask((redis) => redis.pexpiretime(key)), clock.nowMs + lifeMs)
})

test('thousands of look-ups cost few round trips', async (t) => {
  const { connection } = await connectedRedis(t)
  const cache = new RedisActionCache({ connection })
  const many = Array.from({ length: 3000 }, (_, i) => actionOf(`task ${i}`))
  await Promise.all(many.map((action) => cache.put(action)))
  await connection.ask((redis) => redis.config('RESETSTAT'))
  const found = await Promise.all(
    many.map(async ({ taskKey, actionKey }) => {
      const [readSet] = await cache.readSets(taskKey)
      return readSet && (await cache.result(actionKey))
    }),
  )
  t.deepEqual(
    found,
    many.map(({ result }) => result),
  )
  await cache.flush()
  const info = await connection.ask((redis) => redis.info('commandstats'))
  const sent = [...info.matchAll(/cmdstat_(?:mget|evalsha|eval):calls=(\d+)/g)].map(([, calls]) => Number(calls))
  // 12 batches of 256 for lists, sets and results, each read and renewed, and for their uses.
  t.true(sent.reduce((sum, calls) => sum + calls, 0) <= 120, info)
})

test('a coordinator that puts and another one that looks up agree, also on the order of read sets', async (t) => {
  const { server, connection } = await connectedRedis(t)
  const here = new RedisActionCache({ connection })
  const other = await connectRedis({ url: server.url, name: 'millrace-other' })
  const there = new RedisActionCache({ connection: other })
  const sets = ['a', 'b', 'c', 'd'].map((path) => actionOf('task', readSetOf(path)))
  await Promise.all(sets.map((action, i) => (i % 2 === 0 ? here : there).put(action)))
  await here.result(sets[2]!.actionKey)
  await here.flush()
  const order = (await there.readSets(sha256Hex('task'))).map(({ paths }) => paths[0])
  t.is(order[0], 'c')
  t.deepEqual([...order].sort(), ['a', 'b', 'c', 'd'])
  await other.close()
})

test('a server that is flushed, or killed and back empty, has no results, and is used again', async (t) => {
  const { server, connection } = await connectedRedis(t)
  const cache = new RedisActionCache({ connection })
  await fill(cache)
  await connection.ask((redis) => redis.flushall())
  t.is(await cache.result(actions[0]!.actionKey), null)
  t.deepEqual(await cache.readSets(actions[0]!.taskKey), [])
  await fill(cache)
  await server.signal('SIGKILL')
  const mend = /^action cache: Redis at .*; start it .*$/
  await t.throwsAsync(cache.result(actions[0]!.actionKey), { instanceOf: ActionCacheError, message: mend })
  await t.throwsAsync(cache.put(actions[0]!), { instanceOf: ActionCacheError, message: mend })
  await server.start()
  await until('it is asked again', () =>
    cache.put(actions[0]!).then(
      () => true,
      () => false,
    ),
  )
  await fill(cache)
  for (const { actionKey, result } of actions) t.deepEqual(await cache.result(actionKey), result)
})
