import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Digest, digestOf } from '../../events/digest.ts'
import { compressCold } from './blob-compression.ts'
import { type BlobFiles, isContent } from './blob-files.ts'
import type { BlobIndex } from './blob-index.ts'
import { countTotals, scanFiles } from './blob-scan.ts'
import type { BlobLimits, BlobUsage, CollectedBlobs } from './blob-store.ts'
import { blobForm, digestOfRow } from './blob-tables.ts'
import { isAbandoned } from './temporary-name.ts'

const defaultLimits: BlobLimits = { bytesMax: 10 * 1024 ** 3, unusedMsMax: 0 }

/** What stays, of the bytes that the limit allows, when blobs have to go. */
const keptShare = 0.9

/** Blobs that are removed in one transaction, so that other processes wait some milliseconds at most. */
const batchBlobs = 256

/** Files and index are compared as often as this: a crash can leave files that no row names. */
const scanEveryMs = 7 * 24 * 60 * 60 * 1000

/** Nothing takes so long to write; whose file it is can't be known when that was in a container. */
const unfinishedMsMax = 24 * 60 * 60 * 1000

/** Free pages of the database beyond this share are given back; below it, later blobs use them. */
const freeShareMax = 0.25
/** In one go: 20 ms. */
const vacuumPagesMax = 4096

/** Keeps the store within its limits and its parts in agreement, and removes what is damaged. */
export class BlobCollector {
  readonly #index: BlobIndex
  readonly #files: BlobFiles

  constructor(index: BlobIndex, files: BlobFiles) {
    this.#index = index
    this.#files = files
  }

  /** For a blob that turned out to be damaged or gone. */
  drop(digest: Digest): void {
    this.#index.remove([digest])
    this.#files.remove(digest)
  }

  async remove(digests: readonly Digest[]): Promise<number> {
    let removed = 0
    for (let at = 0; at < digests.length; at += batchBlobs) {
      if (at > 0) await setImmediate()
      const batch = digests.slice(at, at + batchBlobs)
      const indexed = new Set(this.#index.remove(batch).map(({ digest }) => digest))
      for (const digest of new Set(batch)) {
        if (indexed.has(digest) || this.#files.look(digest) !== undefined) removed++
        this.#files.remove(digest)
      }
    }
    return removed
  }

  usage(): BlobUsage {
    this.#index.flush()
    const { blobs, bytes, stored } = this.#totals()
    const row = this.#index.database.run((_, db) => db.prepare('SELECT min(used_at) AS at FROM blobs').get())
    const usage = { blobs, bytes, storedBytes: stored }
    return typeof row?.at === 'number' ? { ...usage, oldestUseAt: row.at } : usage
  }

  limits(): BlobLimits {
    const bytesMax = this.#index.setting('bytes_max') ?? defaultLimits.bytesMax
    const unusedMsMax = this.#index.setting('unused_ms_max') ?? defaultLimits.unusedMsMax
    return { bytesMax, unusedMsMax }
  }

  setLimits({ bytesMax, unusedMsMax }: BlobLimits): void {
    this.#index.set({ bytes_max: bytesMax, unused_ms_max: unusedMsMax })
  }

  async collect(now: number): Promise<CollectedBlobs> {
    this.#index.flush()
    this.#removeAbandoned()
    const scannedAt = this.#index.setting('scanned_at') ?? 0
    if (scannedAt > now || scannedAt < now - scanEveryMs) {
      await scanFiles(this.#index, this.#files, now)
      this.#index.set({ scanned_at: now })
    }
    const evicted = await this.#evict(now)
    const compressed = await compressCold(this.#index, this.#files, now)
    this.#giveBackPages()
    return { ...evicted, ...compressed }
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    this.#index.flush()
    const { database } = this.#index
    const isSound = database.run((_, db) => db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check === 'ok')
    if (!isSound) database.beginAnew()
    await scanFiles(this.#index, this.#files, Date.now())
    const damaged: Digest[] = []
    let checked = 0
    for (let after = 0; ; ) {
      const batch = database.run((_, db) =>
        db.prepare('SELECT id, hash, size FROM blobs WHERE id > ? ORDER BY id LIMIT 64').all(after),
      )
      if (batch.length === 0) return { checked, damaged }
      for (const row of batch) {
        after = Number(row.id)
        // A row that names no digest went with the scan.
        const digest = digestOfRow(row)
        const verdict = digest === undefined ? 'gone' : await this.#check(digest)
        if (verdict !== 'gone') checked++
        if (verdict !== 'damaged') continue
        damaged.push(digest!)
        this.drop(digest!)
      }
      await setImmediate()
    }
  }

  async #check(digest: Digest): Promise<'whole' | 'damaged' | 'gone'> {
    const blob = this.#index.find(digest)
    if (blob === undefined) return 'gone'
    if (blob.content !== undefined) return digestOf(blob.content) === digest ? 'whole' : 'damaged'
    const form = this.#files.look(digest)?.form
    if (form === undefined) return 'gone'
    if (await isContent(digest, this.#files.pathOf(digest, form), form)) return 'whole'
    // Compressed or removed by another process meanwhile?
    const other = this.#files.look(digest)?.form
    if (other === undefined) return 'gone'
    if (other === form) return 'damaged'
    return (await isContent(digest, this.#files.pathOf(digest, other), other)) ? 'whole' : 'damaged'
  }

  async #evict(now: number): Promise<{ readonly removed: number; readonly removedBytes: number }> {
    const { bytesMax, unusedMsMax } = this.limits()
    let removed = 0
    let removedBytes = 0
    const remove = async (usedBefore: number, bytesKept: number) => {
      for (;;) {
        const batch = this.#evictBatch(usedBefore, bytesKept)
        if (batch.length === 0) return
        removed += batch.length
        for (const { digest, form, stored } of batch) {
          removedBytes += stored
          if (form !== blobForm.row && digest !== undefined) this.#files.remove(digest)
        }
        await setImmediate()
      }
    }
    if (unusedMsMax > 0) await remove(now - unusedMsMax, 0)
    const isOver = () => bytesMax > 0 && this.#totals().stored > bytesMax
    // Counted anew before anything goes: a total that was damaged must not empty the store.
    if (isOver()) countTotals(this.#index)
    if (isOver()) await remove(Number.MAX_SAFE_INTEGER, bytesMax * keptShare)
    return { removed, removedBytes }
  }

  /** Looks at the total anew each time: another process may be doing the same. */
  #evictBatch(usedBefore: number, bytesKept: number): EvictedBlob[] {
    return this.#index.database.transact(({ removeId }, db) => {
      let left = Number(db.prepare('SELECT stored FROM totals').get()?.stored ?? 0)
      const oldest = db
        .prepare('SELECT id, hash, size, form, stored FROM blobs WHERE used_at < ? ORDER BY used_at, id LIMIT ?')
        .all(usedBefore, batchBlobs)
      const evicted: EvictedBlob[] = []
      for (const row of oldest) {
        if (left <= bytesKept) break
        removeId.run(row.id!)
        const stored = Number(row.stored)
        left -= stored
        evicted.push({ digest: digestOfRow(row), form: Number(row.form), stored })
      }
      return evicted
    })
  }

  #totals(): { readonly blobs: number; readonly bytes: number; readonly stored: number } {
    const row = this.#index.database.run((_, db) => db.prepare('SELECT blobs, bytes, stored FROM totals').get())
    return { blobs: Number(row?.blobs ?? 0), bytes: Number(row?.bytes ?? 0), stored: Number(row?.stored ?? 0) }
  }

  #removeAbandoned(): void {
    const directory = this.#files.temporaryDirectory
    let names: string[]
    try {
      names = readdirSync(directory)
    } catch {
      return
    }
    for (const name of names) {
      const path = join(directory, name)
      const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (isAbandoned(name) || changedAt < Date.now() - unfinishedMsMax) rmSync(path, { recursive: true, force: true })
    }
  }

  #giveBackPages(): void {
    this.#index.database.run((_, db) => {
      const free = Number(db.prepare('PRAGMA freelist_count').get()?.freelist_count)
      const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
      if (free > pages * freeShareMax) db.exec(`PRAGMA incremental_vacuum(${vacuumPagesMax})`)
    })
  }
}

interface EvictedBlob {
  /** Undefined: the row was damaged. */
  readonly digest: Digest | undefined
  readonly form: number
  readonly stored: number
}
