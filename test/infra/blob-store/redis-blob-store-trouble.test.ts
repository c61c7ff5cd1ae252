import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Digest, digestOf } from '../../../events/digest.ts'
import { BlobStoreError } from '../../../infra/blob-store/blob-store.ts'
import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import { until } from '../../rig/until.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { connectedRedis } from '../redis/connected-redis.ts'
import { blobOf } from './sample-blobs.ts'

const plain = { isExecutable: false }
const build = '01hf7yat00aaaaaaaaaaaaaaaa'
const otherBuild = '01hf7yat00bbbbbbbbbbbbbbbb'

/** Keeps and reads contents of all forms side by side; returns how many reads found theirs. No other content may be read. */
async function work(t: ExecutionContext, store: RedisBlobStore, name: string, rounds: number): Promise<number> {
  const path = join(temporaryDirectory(t), 'out')
  let found = 0
  for (let round = 0; round < rounds; round++) {
    const content = blobOf([700, 30_000, 200_000, 1_500_000][round % 4]!, `${name} ${round >> 3}`)
    const digest = digestOf(content)
    try {
      if (!(await store.put(digest, content))) t.fail(`${digest} was refused`)
      const got = await store.get(digest)
      if (got !== null && Buffer.compare(got, content) !== 0) t.fail(`${digest} is another content`)
      const isCopied = await store.copyTo(digest, path, plain)
      if (isCopied && Buffer.compare(readFileSync(path), content) !== 0)
        t.fail(`the copy of ${digest} is another content`)
      if (got !== null) found++
    } catch (error) {
      if (!(error instanceof BlobStoreError)) throw error
    }
  }
  return found
}

const workers = (t: ExecutionContext, store: RedisBlobStore, rounds: number) =>
  Promise.all(['a', 'b', 'c', 'c'].map((name) => work(t, store, name, rounds)))

test('a server that is flushed again and again loses contents and gives no other', async (t) => {
  const { connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  let isWorking = true
  const flushing = (async () => {
    while (isWorking) await connection.ask((redis) => redis.flushall())
  })()
  await workers(t, store, 24)
  isWorking = false
  await flushing
  t.deepEqual(await workers(t, store, 4), [4, 4, 4, 4])
})

test('a server that is killed and comes back empty is used again', async (t) => {
  const { server, connection } = await connectedRedis(t)
  const store = new RedisBlobStore({ connection })
  const working = workers(t, store, 60)
  const content = blobOf(5_000_000)
  const writing = store.put(digestOf(content), content).catch((error) => error)
  await until('some of it is there', async () => (await connection.ask((redis) => redis.dbsize())) > 3)
  await server.signal('SIGKILL')
  await server.start()
  await working
  const outcome = await writing
  t.true(outcome === true || outcome instanceof BlobStoreError)
  // Chunks of before may be missing: then it is none, and can be kept again.
  const kept = await store.get(digestOf(content))
  t.true(kept === null || Buffer.compare(kept, content) === 0)
  t.true(await store.put(digestOf(content), content))
  t.is(Buffer.compare((await store.get(digestOf(content)))!, content), 0)
})

for (const policy of ['allkeys-lru', 'volatile-ttl'])
  test(`a server of 8 MB that evicts by ${policy} loses contents and gives no other`, async (t) => {
    const { connection } = await connectedRedis(t, '--maxmemory', '8mb', '--maxmemory-policy', policy)
    const store = new RedisBlobStore({ connection })
    const found = await workers(t, store, 80)
    const info = await connection.ask((redis) => redis.info('stats'))
    t.true(Number(/evicted_keys:(\d+)/.exec(info)?.[1]) > 10)
    t.true(found.every((count) => count > 20))
    t.true((await store.usage()).storedBytes > 0)
    const digests: Digest[] = []
    for (let i = 0; i < 4; i++) digests.push(digestOf(blobOf(1_500_000, `a ${i}`)))
    const missing = await store.missing(digests)
    for (const digest of digests) t.is((await store.get(digest)) === null, missing.includes(digest))
  })

test('pinned contents stay while others are evicted by volatile-ttl', async (t) => {
  const options = ['--maxmemory', '8mb', '--maxmemory-policy', 'volatile-ttl', '--maxmemory-samples', '10']
  const { connection } = await connectedRedis(t, ...options)
  const store = new RedisBlobStore({ connection })
  const pinned = [500, 50_000, 1_100_000].map((size) => blobOf(size, 'pinned'))
  for (const content of pinned) await store.put(digestOf(content), content)
  const digests = pinned.map(digestOf)
  t.deepEqual(await store.pin(build, [...digests, digestOf('none')]), [digestOf('none')])
  await workers(t, store, 80)
  t.deepEqual(await store.missing(digests), [])
  for (const content of pinned) t.is(Buffer.compare((await store.get(digestOf(content)))!, content), 0)
})

test('a pin is taken back, but not that of another build', async (t) => {
  const { connection } = await connectedRedis(t)
  const lifeMs = 1_000_000
  const store = new RedisBlobStore({ connection, lifeMs })
  const contents = [10, 2_000_000, 20].map((size) => blobOf(size))
  const digests = contents.map(digestOf)
  for (const [i, content] of contents.entries()) await store.put(digests[i]!, content)
  const keyOf = (digest: Digest) => `millrace:blob:${digest.replace('/', ':')}`
  const isPinned = async (key: string) => (await connection.ask((redis) => redis.pttl(key))) > lifeMs
  const pinned = () => Promise.all(digests.map((digest) => isPinned(keyOf(digest))))
  await store.pin(build, digests)
  await store.pin(otherBuild, [digests[0]!])
  t.deepEqual(await pinned(), [true, true, true])
  // A use by somebody else does not shorten its life.
  await store.missing(digests)
  await store.put(digests[2]!, contents[2]!)
  t.deepEqual(await pinned(), [true, true, true])
  t.true(await isPinned(`millrace:chunk:${digests[1]!.replace('/', ':')}:1`))
  await store.unpin(build)
  t.deepEqual(await pinned(), [true, false, false])
  t.false(await isPinned(`millrace:chunk:${digests[1]!.replace('/', ':')}:1`))
  await store.unpin(otherBuild)
  await store.unpin(otherBuild)
  t.deepEqual(await pinned(), [false, false, false])
  t.deepEqual(await connection.ask((redis) => redis.keys('millrace:pin*')), [])
})

test('limits are those of the server, and can not be set', async (t) => {
  const { connection } = await connectedRedis(t, '--maxmemory', '8mb')
  const store = new RedisBlobStore({ connection, lifeMs: 5000 })
  t.deepEqual(await store.limits(), { bytesMax: 8 * 1024 * 1024, unusedMsMax: 5000 })
  await t.throwsAsync(store.setLimits(), { instanceOf: BlobStoreError, message: /set maxmemory there/ })
})

test('a full server that may not evict, a dead one and a path that can not be written are one line with a mend', async (t) => {
  const { server, connection } = await connectedRedis(t, '--maxmemory', '3mb', '--maxmemory-policy', 'noeviction')
  const store = new RedisBlobStore({ connection })
  const trouble = (work: Promise<unknown>, message: RegExp) =>
    t.throwsAsync(work, { instanceOf: BlobStoreError, message })
  const small = blobOf(2000)
  await store.put(digestOf(small), small)
  await trouble(store.copyTo(digestOf(small), '/proc/out', plain), /^blob store: [^\n]*; [^\n]*$/)
  const large = blobOf(5_000_000)
  await trouble(store.put(digestOf(large), large), /^blob store: Redis at .* has no memory left and may not evict; .*$/)
  await server.signal('SIGKILL')
  for (const work of [store.get(digestOf(small)), store.missing([digestOf(small)]), store.put(digestOf(large), large)])
    await trouble(work, /^blob store: Redis at .*; start it .*$/)
})
