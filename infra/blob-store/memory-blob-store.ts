import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { BlobLimits, BlobStore, BlobUsage, CollectedBlobs } from './blob-store.ts'

/** What stays, of the bytes that the limit allows, when blobs have to go. */
const keptShare = 0.9

interface MemoryBlob {
  readonly content: Uint8Array
  usedAt: number
}

/** Blobs that live as long as this object: for tests and simulation. `close` keeps what is in it. */
export class MemoryBlobStore implements BlobStore {
  readonly #now: () => number
  /** The least recently used first. */
  readonly #blobs = new Map<Digest, MemoryBlob>()
  #limits: BlobLimits = { bytesMax: 0, unusedMsMax: 0 }
  #bytes = 0

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  put(digest: Digest, content: Uint8Array): boolean {
    if (digestOf(content) !== digest) return false
    if (this.#use(digest) !== undefined) return true
    this.#blobs.set(digest, { content: Uint8Array.from(content), usedAt: this.#now() })
    this.#bytes += content.byteLength
    return true
  }

  putFile(digest: Digest, path: string): boolean {
    if (this.#use(digest) !== undefined) return true
    let content: Uint8Array
    try {
      content = readFileSync(path)
    } catch {
      return false
    }
    return this.put(digest, content)
  }

  get(digest: Digest): Uint8Array | null {
    const blob = this.#use(digest)
    return blob === undefined ? null : Uint8Array.from(blob.content)
  }

  copyTo(digest: Digest, path: string, { isExecutable }: { readonly isExecutable: boolean }): boolean {
    const blob = this.#use(digest)
    if (blob === undefined) return false
    rmSync(path, { force: true })
    writeFileSync(path, blob.content, { flag: 'wx', mode: isExecutable ? 0o777 : 0o666 })
    return true
  }

  missing(digests: readonly Digest[]): readonly Digest[] {
    return digests.filter((digest) => this.#use(digest) === undefined)
  }

  async remove(digests: Iterable<Digest>): Promise<number> {
    let removed = 0
    for (const digest of digests) if (this.#remove(digest) !== undefined) removed++
    return removed
  }

  flush(): void {}

  async usage(): Promise<BlobUsage> {
    const usage = { blobs: this.#blobs.size, bytes: this.#bytes, storedBytes: this.#bytes }
    const oldest = this.#blobs.values().next().value
    return oldest === undefined ? usage : { ...usage, oldestUseAt: oldest.usedAt }
  }

  async limits(): Promise<BlobLimits> {
    return this.#limits
  }

  async setLimits(limits: BlobLimits): Promise<void> {
    this.#limits = { ...limits }
  }

  async collect(now: number): Promise<CollectedBlobs> {
    const { bytesMax, unusedMsMax } = this.#limits
    const isOver = bytesMax > 0 && this.#bytes > bytesMax
    let removed = 0
    let removedBytes = 0
    for (const [digest, { usedAt }] of this.#blobs) {
      const isUnused = unusedMsMax > 0 && usedAt < now - unusedMsMax
      if (!isUnused && !(isOver && this.#bytes > bytesMax * keptShare)) break
      removedBytes += this.#remove(digest)!.content.byteLength
      removed++
    }
    return { removed, removedBytes, compressed: 0, savedBytes: 0 }
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return { checked: this.#blobs.size, damaged: [] }
  }

  async close(): Promise<void> {}

  #use(digest: Digest): MemoryBlob | undefined {
    const blob = this.#blobs.get(digest)
    if (blob === undefined) return undefined
    blob.usedAt = this.#now()
    this.#blobs.delete(digest)
    this.#blobs.set(digest, blob)
    return blob
  }

  #remove(digest: Digest): MemoryBlob | undefined {
    const blob = this.#blobs.get(digest)
    if (blob === undefined) return undefined
    this.#blobs.delete(digest)
    this.#bytes -= blob.content.byteLength
    return blob
  }
}
