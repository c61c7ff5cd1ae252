import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import type { RedisConnection } from '../../../infra/redis/redis-connection.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { connectedRedis } from '../redis/connected-redis.ts'
import { blobOf } from './sample-blobs.ts'

const plain = { isExecutable: false }

/** Small ones, ones that compress, ones in chunks. */
const contents = [
  ...[0, 10, 3000, 100_000, 2_100_000].map((size) => blobOf(size)),
  ...[3000, 2_100_000].map((size) => Uint8Array.from(Buffer.alloc(size, 'text '))),
]
const digests = contents.map(digestOf)

async function fill(store: RedisBlobStore): Promise<void> {
  for (const [i, content] of contents.entries()) await store.put(digests[i]!, content)
}

const keysOf = (connection: RedisConnection) => connection.ask((redis) => redis.keys('millrace:*'))

test('whatever is written over a value, no other content is read, and it can be kept again', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  const path = join(temporaryDirectory(t), 'out')
  await fill(store)
  const keys = (await keysOf(connection)).sort()
  const bomb = Buffer.concat([Buffer.from([1]), zstdCompressSync(Buffer.alloc(50_000_000))])
  const damage = fc.oneof(
    fc.record({ at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ cutTo: fc.nat() }),
    fc.record({ bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.constant({ bytes: bomb }),
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
    for (const [i, content] of contents.entries()) {
      const got = await store.get(digests[i]!)
      if (got !== null && Buffer.compare(got, content) !== 0) throw new Error(`${digests[i]} is another content`)
      if (got === null && (await store.copyTo(digests[i]!, path, plain))) throw new Error('only a copy of it')
    }
    await fill(store)
    if ((await store.missing(digests)).length > 0) throw new Error('can not be kept again')
    for (const digest of digests) if ((await store.get(digest)) === null) throw new Error(`${digest} is not whole`)
    await connection.ask((redis) => redis.flushall())
    await fill(store)
  })
  await fc.assert(property, { numRuns: 60, includeErrorInReport: true })
  t.false(existsSync(path))
})

test('a damaged copy leaves nothing behind', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  const directory = temporaryDirectory(t)
  await fill(store)
  const large = digests[4]!.replace('/', ':')
  await connection.ask((redis) => redis.setrange(`millrace:chunk:${large}:1`, 5000, 'garbage'))
  t.false(await store.copyTo(digests[4]!, join(directory, 'out'), plain))
  t.deepEqual(readdirSync(directory), [])
  t.deepEqual(
    (await keysOf(connection)).filter((key) => key.includes(large)),
    [],
  )
})

test('verifying removes what is damaged, and says which', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  await fill(store)
  const [small, large] = [digests[2]!.replace('/', ':'), digests[6]!.replace('/', ':')]
  await connection.ask((redis) => redis.setrange(`millrace:blob:${small}`, 100, 'garbage'))
  await connection.ask((redis) => redis.unlink(`millrace:chunk:${large}:0`))
  const { checked, damaged } = await store.verify()
  t.is(checked, contents.length)
  t.deepEqual([...damaged].sort(), [digests[2]!, digests[6]!].sort())
  t.deepEqual(await store.missing(digests), [digests[2], digests[6]])
})

test('a content whose chunk was evicted is missing, and can be kept again', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  const content = blobOf(3_000_000)
  const digest = digestOf(content)
  const path = join(temporaryDirectory(t), 'file')
  writeFileSync(path, content)
  const evict = (index: number) =>
    connection.ask((redis) => redis.unlink(`millrace:chunk:${digest.replace('/', ':')}:${index}`))
  for (const index of [0, 1, 2]) {
    t.true(await store.putFile(digest, path))
    t.is(await evict(index), 1)
    t.deepEqual(await store.missing([digest]), [digest])
    t.true(await store.putFile(digest, path))
    t.is(await evict(index), 1)
    t.is(await store.get(digest), null)
    t.true(await store.put(digest, content))
    t.is(await evict(index), 1)
    t.true(await store.put(digest, content))
    t.is(Buffer.compare((await store.get(digest))!, content), 0)
  }
})

test('to ask for a content that somebody is writing takes none of its chunks away', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  const content = blobOf(8_000_000)
  const digest = digestOf(content)
  let isWritten = false
  const writing = store.put(digest, content).then((isKept) => {
    isWritten = true
    return isKept
  })
  while (!isWritten) await store.get(digest)
  t.true(await writing)
  t.is(Buffer.compare((await store.get(digest))!, content), 0)
})

test('every value expires, and each use renews that', async (t) => {
  const { connection } = await connectedRedis(t)
  const clock = { nowMs: Date.now() }
  const lifeMs = 1_000_000
  const store = new RedisBlobStore({ connection, lifeMs, now: () => clock.nowMs })
  const path = join(temporaryDirectory(t), 'out')
  await fill(store)
  const uses = [
    () => store.put(digests[4]!, contents[4]!),
    () => store.putFile(digests[4]!, '/nowhere'),
    () => store.get(digests[4]!),
    () => store.copyTo(digests[4]!, path, plain),
    () => store.missing([digests[4]!]),
  ]
  const keys = (await keysOf(connection)).filter((key) => key.includes(digests[4]!.slice(0, 64)))
  t.is(keys.length, 4)
  for (const use of uses) {
    clock.nowMs += 1000
    await use()
    for (const key of keys) t.is(await connection.ask((redis) => redis.pexpiretime(key)), clock.nowMs + lifeMs)
  }
  for (const key of await keysOf(connection)) t.true((await connection.ask((redis) => redis.pttl(key))) > 0)
})
