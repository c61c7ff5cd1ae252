import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Digest } from '../../events/digest.ts'
import type { BlobFiles } from './blob-files.ts'
import type { BlobIndex } from './blob-index.ts'
import { type BlobForm, blobForm, digestOfRow } from './blob-tables.ts'

/** A clock that was wrong once must not keep a blob for ever. */
const futureMs = 24 * 60 * 60 * 1000

/**
 * Makes index and files agree: a row whose file is gone goes; a file that no row names gets one (its content is checked
 * when it is read), or goes when the blob is there in another form.
 */
export async function scanFiles(index: BlobIndex, files: BlobFiles, now: number): Promise<void> {
  for (let byte = 0; byte < 256; byte++) {
    scanFolder(index, files, Buffer.of(byte))
    if (byte % 16 === 15) await setImmediate()
  }
  index.flush()
  index.database.run((_, db) => db.prepare('UPDATE blobs SET used_at = ? WHERE used_at > ?').run(now, now + futureMs))
  countTotals(index)
}

export function countTotals(index: BlobIndex): void {
  index.database.transact((_, db) =>
    db.exec(`
      DELETE FROM totals;
      INSERT INTO totals SELECT count(*), coalesce(sum(size), 0), coalesce(sum(stored), 0) FROM blobs`),
  )
}

function scanFolder(index: BlobIndex, files: BlobFiles, prefix: Buffer): void {
  const folder = join(files.blobsDirectory, prefix.toString('hex'))
  const indexed = namesInIndex(index, files, prefix)
  // Listed after the index was read: a row is only written when its file is there.
  const names = new Set(namesIn(folder))
  for (const name of names) {
    const [, hash, bytes] = /^([0-9a-f]{64})(?:\.(\d{1,15})\.zst)?$/.exec(name) ?? []
    const wanted = indexed.get(hash ?? '')?.name
    // Half of a compression, or nothing of ours. When only the other one is there, it was just compressed.
    const isRest = hash === undefined || (wanted !== undefined && wanted !== name && names.has(wanted))
    if (isRest) rmSync(join(folder, name), { recursive: true, force: true })
    else if (wanted === undefined) adopt(index, join(folder, name), hash, bytes)
  }
  for (const { digest } of indexed.values()) if (files.look(digest) === undefined) index.remove([digest])
}

interface IndexedFile {
  readonly digest: Digest
  readonly name: string
}

/** The files of a folder that rows name, by hash. */
function namesInIndex(index: BlobIndex, files: BlobFiles, prefix: Buffer): Map<string, IndexedFile> {
  const last = Buffer.concat([prefix, Buffer.alloc(32, 0xff)])
  const rows = index.database.run((_, db) =>
    db.prepare('SELECT id, hash, size, form FROM blobs WHERE form > 0 AND hash BETWEEN ? AND ?').all(prefix, last),
  )
  const indexed = new Map<string, IndexedFile>()
  for (const row of rows) {
    const digest = digestOfRow(row)
    if (digest === undefined) index.database.run(({ removeId }) => removeId.run(row.id!))
    else indexed.set(digest.slice(0, 64), { digest, name: basename(files.pathOf(digest, row.form as BlobForm)) })
  }
  return indexed
}

function adopt(index: BlobIndex, path: string, hash: string, bytes: string | undefined): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return
  const digest: Digest = `${hash}/${bytes ?? stats.size}`
  const form = bytes === undefined ? blobForm.file : blobForm.zstdFile
  const known = index.findWithoutContent(digest)
  if (known === undefined) index.addFile(digest, form, stats.size, Math.floor(stats.mtimeMs))
  else if (known.form === blobForm.row) rmSync(path, { force: true })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
