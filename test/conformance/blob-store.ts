import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import { blobOf } from '../infra/blob-store/sample-blobs.ts'
import { temporaryDirectory } from '../infra/event-log/temporary-directory.ts'

/** One store of its own for a test, whose clock stands still until it is moved. */
export interface BlobStoreRig {
  /** Opens the same store again with each call. */
  open(): BlobStore
  readonly clock: { nowMs: number }
}

/** What does not hold for every store. */
export interface BlobStoreTraits {
  /** False: what has to go is decided elsewhere, and limits can't be set. */
  readonly keepsLimits: boolean
}

/** Sizes around every limit at which an adapter may do something else: nothing, rows, files, pieces. */
const sizes = [0, 1, 1000, 8192, 32_768, 32_769, 200_000, 1_048_576, 1_048_577, 3_000_000]

const hourMs = 60 * 60 * 1000
const plain = { isExecutable: false }

type BlobStoreTest = (t: ExecutionContext, rig: BlobStoreRig, store: BlobStore) => Promise<void>
type MakeRig = (t: ExecutionContext) => BlobStoreRig | Promise<BlobStoreRig>

/** Runs what every blob store guarantees. */
export function blobStoreConformance(
  adapter: string,
  makeRig: MakeRig,
  { keepsLimits }: BlobStoreTraits = { keepsLimits: true },
): void {
  const on = (title: string, run: BlobStoreTest) =>
    test(`${adapter}: ${title}`, async (t) => {
      const rig = await makeRig(t)
      const store = rig.open()
      await run(t, rig, store)
      await store.close()
    })
  if (keepsLimits) limitsConformance(on)

  on('blobs of any size come back, at once and to a later opener', async (t, rig, store) => {
    const contents = sizes.map((size) => blobOf(size))
    for (const content of contents) t.true(await store.put(digestOf(content), content))
    const check = async (from: BlobStore) => {
      for (const content of contents) t.is(Buffer.compare((await from.get(digestOf(content)))!, content), 0)
    }
    await check(store)
    await store.close()
    const later = rig.open()
    await check(later)
    await later.close()
  })

  on('a content with another digest is not kept', async (t, _rig, store) => {
    for (const size of sizes.slice(1)) {
      const content = blobOf(size)
      const other = digestOf(blobOf(size, 'other'))
      t.false(await store.put(other, content))
      t.false(await store.put(`${digestOf(content).slice(0, 65)}${size + 1}`, content))
      t.is(await store.get(other), null)
    }
    t.is((await store.usage()).blobs, 0)
  })

  on('what was never kept is not there', async (t, _rig, store) => {
    const path = join(temporaryDirectory(t), 'out')
    for (const size of sizes) {
      const digest = digestOf(blobOf(size))
      t.is(await store.get(digest), null)
      t.false(await store.copyTo(digest, path, plain))
      t.deepEqual(await store.missing([digest]), [digest])
    }
    t.false(existsSync(path))
  })

  on('a digest with the right hash and another size names another blob', async (t, _rig, store) => {
    const content = blobOf(100)
    await store.put(digestOf(content), content)
    t.is(await store.get(digestOf(content).replace('/100', '/101')), null)
  })

  on('bytes changed after put or get do not change what is kept', async (t, _rig, store) => {
    for (const size of [1000, 100_000]) {
      const content = blobOf(size)
      const digest = digestOf(content)
      const given = Uint8Array.from(content)
      await store.put(digest, given)
      given.fill(0)
      const got = (await store.get(digest))!
      t.is(Buffer.compare(got, content), 0)
      got.fill(0)
      t.is(Buffer.compare((await store.get(digest))!, content), 0)
    }
  })

  on('a file is kept if it is there and holds what the digest says', async (t, _rig, store) => {
    const path = join(temporaryDirectory(t), 'file')
    for (const size of sizes) {
      const content = blobOf(size)
      const digest = digestOf(content)
      t.false(await store.putFile(digest, `${path}-none`))
      t.false(await store.putFile(digest, temporaryDirectory(t)))
      writeFileSync(path, blobOf(size + 1))
      t.false(await store.putFile(digest, path))
      if (size > 0) writeFileSync(path, blobOf(size, 'other'))
      t.false(await store.putFile(digest, path))
      writeFileSync(path, content)
      t.true(await store.putFile(digest, path))
      t.is(Buffer.compare((await store.get(digest))!, content), 0)
    }
  })

  on('what is kept shares nothing with a file that it came from or went to', async (t, _rig, store) => {
    const directory = temporaryDirectory(t)
    const [from, to] = [join(directory, 'from'), join(directory, 'to')]
    for (const size of [1000, 100_000, 2_000_000]) {
      const content = blobOf(size)
      const digest = digestOf(content)
      writeFileSync(from, content)
      t.true(await store.putFile(digest, from))
      t.true(await store.copyTo(digest, to, plain))
      // In place, as a program does that opens them for writing.
      writeFileSync(from, 'changed', { flag: 'r+' })
      writeFileSync(to, 'changed', { flag: 'r+' })
      t.is(Buffer.compare((await store.get(digest))!, content), 0)
    }
  })

  on('a copy replaces the file or link at its path, with the mode of a new file', async (t, _rig, store) => {
    const directory = temporaryDirectory(t)
    const [path, elsewhere] = [join(directory, 'out'), join(directory, 'elsewhere')]
    writeFileSync(elsewhere, 'elsewhere')
    for (const size of [0, 1000, 100_000, 2_000_000]) {
      const content = blobOf(size)
      await store.put(digestOf(content), content)
      for (const isExecutable of [false, true]) {
        symlinkSync(elsewhere, `${path}-${size}-${isExecutable}`)
        t.true(await store.copyTo(digestOf(content), `${path}-${size}-${isExecutable}`, { isExecutable }))
        writeFileSync(path, 'an older file that was longer'.repeat(10))
        chmodSync(path, 0o400)
        t.true(await store.copyTo(digestOf(content), path, { isExecutable }))
        for (const made of [path, `${path}-${size}-${isExecutable}`]) {
          t.true(lstatSync(made).isFile())
          t.is(Buffer.compare(readFileSync(made), content), 0)
          t.is(statSync(made).mode & 0o777, (isExecutable ? 0o777 : 0o666) & ~umask)
        }
      }
    }
    t.is(readFileSync(elsewhere, 'utf8'), 'elsewhere')
    t.deepEqual(
      readdirSync(directory).filter((name) => !/^(out(-\d+-(true|false))?|elsewhere)$/.test(name)),
      [],
    )
  })

  on('those that are missing are told, in the order asked', async (t, _rig, store) => {
    const contents = sizes.map((size) => blobOf(size))
    const digests = contents.map(digestOf)
    for (const [i, content] of contents.entries()) if (i % 2 === 0) await store.put(digests[i]!, content)
    t.deepEqual(
      await store.missing(digests),
      digests.filter((_, i) => i % 2 === 1),
    )
    t.deepEqual(await store.missing([]), [])
  })

  on('removed blobs are gone, and counted once', async (t, _rig, store) => {
    const digests = await putAll(store, sizes)
    t.is(await store.remove([...digests, ...digests, digestOf('never kept')]), sizes.length)
    t.deepEqual(await store.missing(digests), digests)
    const { blobs, bytes, storedBytes } = await store.usage()
    t.deepEqual({ blobs, bytes, storedBytes }, { blobs: 0, bytes: 0, storedBytes: 0 })
    t.true(await store.put(digests[3]!, blobOf(sizes[3]!)))
    t.is((await store.get(digests[3]!))?.byteLength, sizes[3])
  })

  on('usage tells blobs, bytes and the oldest use; keeping a blob again adds nothing', async (t, rig, store) => {
    t.deepEqual(await store.usage(), { blobs: 0, bytes: 0, storedBytes: 0 })
    const firstAt = rig.clock.nowMs
    await putAll(store, [1000])
    rig.clock.nowMs += hourMs
    await putAll(store, [1000, 1000, 50_000].slice(1))
    await putAll(store, [50_000])
    const usage = await store.usage()
    t.deepEqual({ blobs: usage.blobs, bytes: usage.bytes }, { blobs: 2, bytes: 51_000 })
    t.true(usage.oldestUseAt! >= firstAt && usage.oldestUseAt! <= rig.clock.nowMs)
  })

  on('within its limits, collecting removes nothing', async (t, rig, store) => {
    const digests = await putAll(store, sizes)
    const { removed, removedBytes } = await store.collect(rig.clock.nowMs)
    t.deepEqual({ removed, removedBytes }, { removed: 0, removedBytes: 0 })
    t.deepEqual(await store.missing(digests), [])
  })

  on('after a month unused everything is still there, in whatever form', async (t, rig, store) => {
    const contents = [10, 10_000, 100_000, 2_000_000].flatMap((size) => [blobOf(size), Buffer.alloc(size, 'text ')])
    for (const content of contents) await store.put(digestOf(content), content)
    const { storedBytes } = await store.usage()
    const { removed, savedBytes } = await store.collect(rig.clock.nowMs + 30 * 24 * hourMs)
    t.is(removed, 0)
    t.is((await store.usage()).storedBytes, storedBytes - savedBytes)
    const path = join(temporaryDirectory(t), 'out')
    for (const content of contents) {
      t.is(Buffer.compare((await store.get(digestOf(content)))!, content), 0)
      t.true(await store.copyTo(digestOf(content), path, plain))
      t.is(Buffer.compare(readFileSync(path), content), 0)
    }
  })

  on('of whole blobs none is damaged', async (t, _rig, store) => {
    t.deepEqual(await store.verify(), { checked: 0, damaged: [] })
    await putAll(store, sizes)
    t.deepEqual(await store.verify(), { checked: sizes.length, damaged: [] })
  })

  on('two openers see what the other one has stored for good', async (t, rig, store) => {
    const other = rig.open()
    const digests = await putAll(store, sizes)
    await store.flush()
    t.deepEqual(await other.missing(digests), [])
    await other.remove(digests)
    t.deepEqual(await store.missing(digests), digests)
    await other.close()
  })

  on('the same large blob may be kept many times at once', async (t, _rig, store) => {
    const content = blobOf(2_000_000)
    const digest = digestOf(content)
    const path = join(temporaryDirectory(t), 'file')
    writeFileSync(path, content)
    const kept = [store.put(digest, content), store.putFile(digest, path), store.put(digest, content)]
    t.deepEqual(await Promise.all(kept), [true, true, true])
    t.is(Buffer.compare((await store.get(digest))!, content), 0)
    t.is((await store.usage()).blobs, 1)
  })

  on('closing twice does nothing', async (t, _rig, store) => {
    await store.close()
    await t.notThrowsAsync(store.close())
  })
}

/** Of stores that decide themselves what has to go. */
function limitsConformance(on: (title: string, run: BlobStoreTest) => void): void {
  on('limits are kept', async (t, rig, store) => {
    await store.setLimits({ bytesMax: 5_000_000_000, unusedMsMax: 1234 })
    const other = rig.open()
    t.deepEqual(await other.limits(), { bytesMax: 5_000_000_000, unusedMsMax: 1234 })
    await other.close()
  })

  on('beyond the limit of bytes the least recently used go, down to nine tenths of it', async (t, rig, store) => {
    const digests: Digest[] = []
    for (let i = 0; i < 20; i++) {
      // Rows and files.
      const content = blobOf(i % 2 === 0 ? 10_000 : 40_000, `${i}`)
      digests.push(digestOf(content))
      await store.put(digests[i]!, content)
      rig.clock.nowMs += 2 * hourMs
    }
    // Each way to use one.
    const directory = temporaryDirectory(t)
    const used = digests.slice(0, 5)
    await store.get(used[0]!)
    await store.copyTo(used[1]!, join(directory, 'out'), plain)
    await store.missing([used[2]!])
    await store.put(used[3]!, blobOf(40_000, '3'))
    await store.putFile(used[4]!, '/nowhere')
    await store.setLimits({ bytesMax: 300_000, unusedMsMax: 0 })
    const { removed, removedBytes } = await store.collect(rig.clock.nowMs)
    const missing = await store.missing(digests)
    t.is(missing.length, removed)
    t.deepEqual(missing, digests.slice(5, 5 + removed))
    const { bytes } = await store.usage()
    t.is(bytes, 500_000 - removedBytes)
    t.true(bytes <= 270_000 && bytes > 270_000 - 40_001)
  })

  on('two openers that collect at once remove no more than one would', async (t, rig, store) => {
    const other = rig.open()
    for (let i = 0; i < 100; i++) {
      const content = blobOf(i % 2 === 0 ? 10_000 : 40_000, `${i}`)
      await (i % 3 === 0 ? other : store).put(digestOf(content), content)
      rig.clock.nowMs += 2 * hourMs
    }
    await other.flush()
    await store.setLimits({ bytesMax: 1_000_000, unusedMsMax: 0 })
    const collected = await Promise.all([store.collect(rig.clock.nowMs), other.collect(rig.clock.nowMs)])
    const { bytes, blobs } = await store.usage()
    t.is(blobs, 100 - collected[0].removed - collected[1].removed)
    t.true(bytes <= 900_000 && bytes > 900_000 - 40_001)
    await other.close()
  })

  on('blobs that were not used for too long go', async (t, rig, store) => {
    const old = await putAll(store, [10, 100_000, 2_000_000])
    rig.clock.nowMs += 10 * hourMs
    const recent = await putAll(store, [11, 100_001, 2_000_001])
    await store.setLimits({ bytesMax: 0, unusedMsMax: 5 * hourMs })
    t.is((await store.collect(rig.clock.nowMs)).removed, 3)
    t.deepEqual(await store.missing([...old, ...recent]), old)
  })
}

async function putAll(store: BlobStore, sizes: readonly number[]): Promise<Digest[]> {
  const digests: Digest[] = []
  for (const size of sizes) {
    const content = blobOf(size)
    digests.push(digestOf(content))
    await store.put(digests.at(-1)!, content)
  }
  return digests
}

const umask = process.umask()
