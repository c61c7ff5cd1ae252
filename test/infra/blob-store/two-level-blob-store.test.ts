import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { type BlobStore, BlobStoreError } from '../../../infra/blob-store/blob-store.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import { TwoLevelBlobStore } from '../../../infra/blob-store/two-level-blob-store.ts'
import { blobStoreConformance } from '../../conformance/blob-store.ts'
import { until } from '../../rig/until.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { connectedRedis } from '../redis/connected-redis.ts'
import { blobOf } from './sample-blobs.ts'

const plain = { isExecutable: false }
const contents = [10, 40_000, 300_000, 2_500_000].map((size) => blobOf(size))
const digests = contents.map(digestOf)

blobStoreConformance(
  'two-level',
  async (t) => {
    const { connection } = await connectedRedis(t)
    const directory = join(temporaryDirectory(t), 'cache')
    const clock = { nowMs: Date.now() }
    const now = () => clock.nowMs
    const open = () =>
      new TwoLevelBlobStore(openDiskBlobStore({ directory, now }), new RedisBlobStore({ connection, now }))
    return { open, clock }
  },
  { keepsLimits: false },
)

/** Two hosts with a disk each and one Redis. */
async function hosts(t: ExecutionContext) {
  const { server, connection } = await connectedRedis(t)
  const far = new RedisBlobStore({ connection })
  const host = () => {
    const near = openDiskBlobStore({ directory: temporaryDirectory(t) })
    const store = new TwoLevelBlobStore(near, far)
    t.teardown(() => store.close())
    return { near, store }
  }
  return { server, connection, far, here: host(), there: host() }
}

async function assertReads(t: ExecutionContext, store: BlobStore): Promise<void> {
  const path = join(temporaryDirectory(t), 'out')
  for (const [i, content] of contents.entries()) {
    t.is(Buffer.compare((await store.get(digests[i]!))!, content), 0)
    t.true(await store.copyTo(digests[i]!, path, plain))
    t.is(Buffer.compare(readFileSync(path), content), 0)
  }
}

test('what one host puts another one gets, and keeps near', async (t) => {
  const { here, there } = await hosts(t)
  for (const [i, content] of contents.entries()) t.true(await here.store.put(digests[i]!, content))
  t.deepEqual(await there.store.missing(digests), [])
  t.deepEqual(await there.near.missing(digests), digests)
  await assertReads(t, there.store)
  t.deepEqual(await there.near.missing(digests), [])
})

test('what is copied from far is kept near too', async (t) => {
  const { here, there } = await hosts(t)
  const path = join(temporaryDirectory(t), 'out')
  for (const [i, content] of contents.entries()) {
    await here.store.put(digests[i]!, content)
    t.true(await there.store.copyTo(digests[i]!, path, { isExecutable: true }))
    t.is(Buffer.compare(readFileSync(path), content), 0)
  }
  t.deepEqual(await there.near.missing(digests), [])
})

test('after Redis was flushed, what is near is read, is missing for others, and can be put again', async (t) => {
  const { connection, far, here, there } = await hosts(t)
  for (const [i, content] of contents.entries()) await here.store.put(digests[i]!, content)
  await connection.ask((redis) => redis.flushall())
  await assertReads(t, here.store)
  t.is(await there.store.get(digests[0]!), null)
  t.deepEqual(await here.store.missing(digests), digests)
  for (const [i, content] of contents.entries()) t.true(await here.store.put(digests[i]!, content))
  t.deepEqual(await far.missing(digests), [])
})

test('while Redis is dead, what is near is read and all else rejects; afterwards it goes on', async (t) => {
  const { server, here, there } = await hosts(t)
  for (const [i, content] of contents.entries()) await here.store.put(digests[i]!, content)
  await server.signal('SIGKILL')
  await assertReads(t, here.store)
  const path = join(temporaryDirectory(t), 'out')
  const rejected = [
    here.store.missing(digests),
    here.store.put(digestOf('new'), Buffer.from('new')),
    there.store.get(digests[0]!),
    there.store.copyTo(digests[3]!, path, plain),
  ]
  for (const outcome of await Promise.allSettled(rejected)) {
    t.is(outcome.status, 'rejected')
    if (outcome.status === 'rejected') t.true(outcome.reason instanceof BlobStoreError)
  }
  t.false(existsSync(path))
  await server.start()
  await until('Redis is asked again', () =>
    here.store.missing(digests).then(
      () => true,
      () => false,
    ),
  )
  t.deepEqual(await here.store.missing(digests), digests)
  for (const [i, content] of contents.entries()) t.true(await here.store.put(digests[i]!, content))
  await assertReads(t, there.store)
})

/** Counts what is read from it. */
class CountedBlobStore extends MemoryBlobStore {
  reads = 0

  override get(digest: string): Uint8Array | null {
    this.reads++
    return super.get(digest)
  }

  override copyTo(digest: string, path: string, mode: { readonly isExecutable: boolean }): boolean {
    this.reads++
    return super.copyTo(digest, path, mode)
  }
}

test('those who fetch the same content at once share one transfer', async (t) => {
  const far = new CountedBlobStore()
  const directory = temporaryDirectory(t)
  for (const [i, content] of contents.entries()) {
    const store = new TwoLevelBlobStore(openDiskBlobStore({ directory: temporaryDirectory(t) }), far)
    far.put(digests[i]!, content)
    far.reads = 0
    const paths = Array.from({ length: 20 }, (_, n) => join(directory, `${n}`))
    const copied = await Promise.all(paths.map((path) => store.copyTo(digests[i]!, path, plain)))
    const got = await Promise.all(paths.map(() => store.get(digests[i]!)))
    t.true(copied.every((isCopied) => isCopied))
    for (const path of paths) t.is(Buffer.compare(readFileSync(path), content), 0)
    for (const one of got) t.is(Buffer.compare(one!, content), 0)
    t.is(far.reads, 1)
    await store.close()
  }
})

test('a near store that keeps nothing costs transfers only', async (t) => {
  const near = new MemoryBlobStore()
  near.put = near.putFile = () => false
  const store = new TwoLevelBlobStore(near, new MemoryBlobStore())
  for (const [i, content] of contents.entries()) t.true(await store.put(digests[i]!, content))
  await assertReads(t, store)
  const both = await Promise.all([store.get(digests[1]!), store.get(digests[1]!)])
  for (const content of both) t.is(Buffer.compare(content!, contents[1]!), 0)
})
