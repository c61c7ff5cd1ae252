import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { type Digest, digestBytes } from '../../events/digest.ts'
import type { BlobFiles } from './blob-files.ts'
import { type BlobIndex, hashOf } from './blob-index.ts'
import type { CollectedBlobs } from './blob-store.ts'
import { blobForm, digestOfRow } from './blob-tables.ts'

/** Files that were not used for so long are compressed. */
const coldMs = 7 * 24 * 60 * 60 * 1000

/** Smaller ones would hardly take less of the disk, which gives whole blocks of 4 KiB. */
const compressedBytesMin = 4096
/** Larger ones take too long at once. */
const compressedBytesMax = 64 * 1024 * 1024

/** A file that would keep more of its size than this stays as it is: reading it again must be worth it. */
const worthShare = 0.9

const zstdLevel = 3

/** How long one call may take, give or take one file: somebody may be waiting for the end of a build. */
const callMs = 250

const compress = promisify(zstdCompress)

/** Compresses files that were not used for a week, the least recently used first. */
export async function compressCold(
  index: BlobIndex,
  files: BlobFiles,
  now: number,
): Promise<Pick<CollectedBlobs, 'compressed' | 'savedBytes'>> {
  const deadline = performance.now() + callMs
  let compressed = 0
  let savedBytes = 0
  while (performance.now() < deadline) {
    const digest = coldest(index, now - coldMs)
    if (digest === undefined) break
    const saved = await compressOne(index, files, digest)
    if (saved > 0) compressed++
    savedBytes += saved
    await setImmediate()
  }
  return { compressed, savedBytes }
}

function coldest(index: BlobIndex, usedBefore: number): Digest | undefined {
  const row = index.database.run((_, db) =>
    db
      .prepare('SELECT id, hash, size FROM blobs WHERE form = 1 AND used_at < ? ORDER BY used_at LIMIT 1')
      .get(usedBefore),
  )
  if (row === undefined) return undefined
  const digest = digestOfRow(row)
  if (digest === undefined) index.database.run(({ removeId }) => removeId.run(row.id!))
  return digest
}

/** How many bytes that saved. Afterwards the blob is no candidate any more. */
async function compressOne(index: BlobIndex, files: BlobFiles, digest: Digest): Promise<number> {
  const bytes = digestBytes(digest)
  if (bytes <= compressedBytesMin || bytes > compressedBytesMax) return leavePlain(index, digest)
  const content = await files.readInPieces(digest, blobForm.file)
  if (content === null) {
    index.remove([digest])
    rmSync(files.pathOf(digest, blobForm.file), { force: true })
    return 0
  }
  const stored = await compress(content, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } })
  if (stored.byteLength > bytes * worthShare) return leavePlain(index, digest)
  const temporary = files.newTemporaryPath()
  try {
    files.makeDirectories(digest)
    writeFileSync(temporary, stored, { flag: 'wx', mode: 0o600 })
    renameSync(temporary, files.pathOf(digest, blobForm.zstdFile))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  index.database.run((_, db) =>
    db
      .prepare('UPDATE blobs SET form = ?, stored = ? WHERE hash = ?')
      .run(blobForm.zstdFile, stored.byteLength, hashOf(digest)),
  )
  rmSync(files.pathOf(digest, blobForm.file), { force: true })
  return bytes - stored.byteLength
}

function leavePlain(index: BlobIndex, digest: Digest): number {
  const hash = hashOf(digest)
  index.database.run((_, db) => db.prepare('UPDATE blobs SET form = ? WHERE hash = ?').run(blobForm.plainFile, hash))
  return 0
}
