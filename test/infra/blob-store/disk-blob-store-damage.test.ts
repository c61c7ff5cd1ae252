import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdCompressSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import { type BlobStore, BlobStoreError } from '../../../infra/blob-store/blob-store.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { temporaryName } from '../../../infra/blob-store/temporary-name.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { damageArbitrary, filesIn, inflict, restore } from './file-damage.ts'
import { blobOf } from './sample-blobs.ts'

const monthMs = 30 * 24 * 60 * 60 * 1000

/** Rows, files, compressed files. */
const contents = [
  ...Array.from({ length: 40 }, (_, i) => blobOf(i * 150, `${i}`)),
  ...[40_000, 50_000, 1_100_000].map((size) => blobOf(size)),
  ...[60_000, 1_300_000].map((size) => Uint8Array.from(Buffer.alloc(size, 'text '))),
]
const digests = contents.map(digestOf)

async function fill(directory: string): Promise<void> {
  const store = openDiskBlobStore({ directory })
  for (const [i, content] of contents.entries()) await store.put(digests[i]!, content)
  await compressAll(store)
  await store.close()
}

/** One call does as much as it has time for; all but the texts stays as it is. */
async function compressAll(store: BlobStore): Promise<void> {
  while ((await store.usage()).storedBytes > 1_320_000) await store.collect(Date.now() + monthMs)
}

/** Undefined when it is refused, as a database of a newer version is. */
function openOrRefuse(directory: string, onTrouble: (line: string) => void): BlobStore | undefined {
  try {
    return openDiskBlobStore({ directory, onTrouble })
  } catch (error) {
    if (error instanceof BlobStoreError && !error.message.includes('\n')) return undefined
    throw error
  }
}

test('whatever happens to a file of the store, no other content is read, and it can be used further', async (t) => {
  const [origin, directory] = [join(temporaryDirectory(t), 'origin'), join(temporaryDirectory(t), 'store')]
  await fill(origin)
  // All in the database itself, so that what happens to it counts.
  const db = new DatabaseSync(join(origin, 'blobs.sqlite'))
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const paths = filesIn(origin)
  // Half of the time the index.
  const file = fc.oneof(fc.constantFrom(...paths.filter((path) => path.includes('sqlite'))), fc.constantFrom(...paths))
  const outcomes = { whole: 0, fewer: 0, anew: 0, refused: 0 }
  const property = fc.asyncProperty(file, damageArbitrary, async (path, damage) => {
    restore(origin, directory)
    inflict(path.replace(origin, directory), damage)
    const lines: string[] = []
    const store = openOrRefuse(directory, (line) => lines.push(line))
    if (store === undefined) {
      outcomes.refused++
      return
    }
    let found = 0
    for (const [i, content] of contents.entries()) {
      const got = await store.get(digests[i]!)
      if (got === null) continue
      found++
      if (Buffer.compare(got, content) !== 0) throw new Error(`${digests[i]} is another content`)
    }
    await store.verify()
    await store.collect(Date.now())
    for (const [i, content] of contents.entries()) await store.put(digests[i]!, content)
    await store.close()
    const again = openDiskBlobStore({ directory, onTrouble: (line) => lines.push(line) })
    for (const digest of digests) if ((await again.get(digest)) === null) throw new Error(`${digest} can't be kept`)
    await again.close()
    if (lines.length > 1 || lines.some((line) => line.includes('\n'))) throw new Error(lines.join('\n'))
    outcomes[lines.length > 0 ? 'anew' : found === contents.length ? 'whole' : 'fewer']++
  })
  await fc.assert(property, { numRuns: 60, includeErrorInReport: true })
  t.log(JSON.stringify(outcomes))
  t.true(outcomes.anew > 0 && outcomes.fewer > 0)
})

test('a damaged index is told once and begun anew, and the large blobs are taken in again', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  rmSync(join(directory, 'blobs.sqlite-wal'), { force: true })
  writeFileSync(join(directory, 'blobs.sqlite'), 'garbage '.repeat(5000))
  const lines: string[] = []
  const store = openDiskBlobStore({ directory, onTrouble: (line) => lines.push(line) })
  t.is(lines.length, 1)
  t.regex(lines[0]!, /^blob store: .*blobs\.sqlite was damaged and is begun anew; .*$/)
  t.is((await store.usage()).blobs, 0)
  const large = digests.filter((_, i) => contents[i]!.byteLength >= 40_000)
  t.deepEqual(await store.missing(large), [])
  await store.collect(Date.now())
  const { blobs, bytes } = await store.usage()
  t.is(blobs, large.length)
  t.is(bytes, 2_550_000)
  t.deepEqual(await store.verify(), { checked: large.length, damaged: [] })
  await store.close()
  const names = readdirSync(directory).filter((name) => name.includes('sqlite'))
  t.true(names.every((name) => name.startsWith('blobs-2.sqlite')))
})

test('while one process begins a damaged index anew, another one that has it open goes on', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const lines: string[] = []
  const onTrouble = (line: string) => lines.push(line)
  const [one, two] = [openDiskBlobStore({ directory, onTrouble }), openDiskBlobStore({ directory, onTrouble })]
  const path = join(directory, 'blobs.sqlite')
  writeFileSync(path, Buffer.alloc(readFileSync(path).byteLength), { flag: 'r+' })
  rmSync(`${path}-wal`, { force: true })
  for (const store of [one, two, one])
    for (const [i, content] of contents.entries()) {
      await store.put(digests[i]!, content)
      await store.flush()
      t.is(Buffer.compare((await store.get(digests[i]!))!, content), 0)
    }
  await one.close()
  await two.close()
  t.true(lines.length <= 2)
})

test('verifying removes what is damaged, and says which', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const damaged = new Set<string>()
  for (const path of filesIn(join(directory, 'blobs'))) {
    const hash = basename(path).slice(0, 64)
    damaged.add(digests.find((digest) => digest.startsWith(hash))!)
    const bytes = readFileSync(path)
    bytes[bytes.byteLength >> 1]! ^= 4
    writeFileSync(path, bytes)
  }
  const db = new DatabaseSync(join(directory, 'blobs.sqlite'))
  db.exec('UPDATE contents SET content = zeroblob(length(content)) WHERE id = 7')
  db.close()
  damaged.add(digests[6]!)
  const store = openDiskBlobStore({ directory })
  const verdict = await store.verify()
  t.is(verdict.checked, contents.length)
  t.deepEqual(verdict.damaged.toSorted(), [...damaged].sort())
  t.deepEqual((await store.missing(digests)).toSorted(), [...damaged].sort())
  t.deepEqual(filesIn(join(directory, 'blobs')), [])
  await store.close()
})

test('a blob whose file was deleted is missing, and can be kept again', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const store = openDiskBlobStore({ directory })
  rmSync(join(directory, 'blobs'), { recursive: true })
  rmSync(join(directory, 'tmp'), { recursive: true })
  const large = digests.filter((_, i) => contents[i]!.byteLength >= 40_000)
  t.deepEqual(await store.missing(digests), large)
  for (const [i, content] of contents.entries()) t.true(await store.put(digests[i]!, content))
  t.deepEqual(await store.missing(digests), [])
  t.is((await store.usage()).blobs, digests.length)
  await store.close()
})

test('a compressed file that becomes larger than its digest says is damaged', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const store = openDiskBlobStore({ directory })
  const path = join(directory, 'out')
  const bomb = zstdCompressSync(Buffer.alloc(200_000_000))
  let bombs = 0
  for (const file of filesIn(join(directory, 'blobs'))) {
    if (!file.endsWith('.zst')) continue
    bombs++
    const digest = digests.find((digest) => digest.startsWith(basename(file).slice(0, 64)))!
    writeFileSync(file, bomb)
    t.is(await store.get(digest), null)
    t.false(existsSync(file))
    await store.put(digest, contents[digests.indexOf(digest)]!)
    await compressAll(store)
    writeFileSync(file, bomb)
    t.false(await store.copyTo(digest, path, { isExecutable: false }))
    t.false(existsSync(path))
  }
  t.is(bombs, 2)
  t.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith('.tmp')),
    [],
  )
  await store.close()
})

test('what a process left that died is removed, and what a living one works on stays', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const store = openDiskBlobStore({ directory })
  const foreign = join(directory, 'blobs', '00')
  mkdirSync(foreign, { recursive: true })
  writeFileSync(join(foreign, 'nothing of ours'), '')
  const whole = filesIn(join(directory, 'blobs')).find((path) => path.endsWith('.zst'))!
  // A compression that ended before the index knew of it.
  copyFileSync(whole, whole.replace(/\.\d+\.zst$/, ''))
  const mine = temporaryName()
  const dead = mine.replace(/-\d+-\d+-/, '-999999999-1-')
  for (const name of [mine, dead]) writeFileSync(join(directory, 'tmp', name), 'half')
  const db = new DatabaseSync(join(directory, 'blobs.sqlite'))
  db.exec("DELETE FROM settings WHERE name = 'scanned_at'")
  db.close()
  await store.collect(Date.now())
  t.deepEqual(readdirSync(join(directory, 'tmp')), [mine])
  t.deepEqual(readdirSync(foreign).includes('nothing of ours'), false)
  t.true(existsSync(whole))
  t.false(existsSync(whole.replace(/\.\d+\.zst$/, '')))
  t.is((await store.usage()).blobs, contents.length)
  await store.close()
})
