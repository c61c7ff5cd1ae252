import { rmSync } from 'node:fs'
import { readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BuildId } from '../../events/build-id.ts'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { pack, unpack } from '../redis/packed-value.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { RedisError } from '../redis/redis-error.ts'
import { memoryOf } from '../redis/redis-memory.ts'
import { RedisValues } from '../redis/redis-values.ts'
import { writeAll, writePieces } from './blob-files.ts'
import { type BlobLimits, type BlobStore, BlobStoreError, type BlobUsage, type CollectedBlobs } from './blob-store.ts'
import { writeInPlaceOf } from './copy-out.ts'
import { fileTrouble } from './file-trouble.ts'
import { chunksOf, chunksOfFile, dropChunked, readChunks, touchChunks, writeChunks } from './redis-blob-chunks.ts'
import { blobKey, blobPrefix, digestOfKey, isChunked } from './redis-blob-keys.ts'
import { RedisBlobPins } from './redis-blob-pins.ts'
import { usageOf } from './redis-blob-usage.ts'
import { temporaryName } from './temporary-name.ts'

export interface RedisBlobStoreOptions {
  /** Stays open when the store is closed. */
  readonly connection: RedisConnection
  /** Blobs that were not used for so long, in ms, are gone. Default: 14 days. */
  readonly lifeMs?: number
  /** ms since 1970; what is used when. Default: the system's. */
  readonly now?: () => number
}

const dayMs = 24 * 60 * 60 * 1000

/** Smaller ones are sent without asking first whether they are there. */
const askedBytesMin = 16 * 1024

/**
 * Blobs in a Redis server that many hosts share, and that may lose any of them at any moment. What it can hold, and what goes
 * first, are the server's settings: infra/redis/README.md.
 */
export class RedisBlobStore implements BlobStore {
  readonly #values: RedisValues
  readonly #pins: RedisBlobPins

  constructor({ connection, lifeMs = 14 * dayMs, now = Date.now }: RedisBlobStoreOptions) {
    this.#values = new RedisValues(connection, { lifeMs, now })
    this.#pins = new RedisBlobPins(this.#values)
  }

  async put(digest: Digest, content: Uint8Array): Promise<boolean> {
    if (content.byteLength !== digestBytes(digest)) return false
    return this.#guarded(async () => {
      if (!isChunked(digest)) return this.#putSmall(digest, content)
      if (await this.#touch(digest)) return digestOf(content) === digest
      return writeChunks(this.#values, digest, chunksOf(content))
    })
  }

  async putFile(digest: Digest, path: string): Promise<boolean> {
    return this.#guarded(async () => {
      if (await this.#touch(digest)) return true
      const bytes = await stat(path).then(
        (stats) => (stats.isFile() ? stats.size : -1),
        () => -1,
      )
      if (bytes !== digestBytes(digest)) return false
      if (isChunked(digest)) return writeChunks(this.#values, digest, chunksOfFile(path, bytes))
      const content = await readFile(path).catch(() => null)
      return content !== null && this.#putSmall(digest, content)
    })
  }

  async get(digest: Digest): Promise<Uint8Array | null> {
    return this.#guarded(() => (isChunked(digest) ? this.#getLarge(digest) : this.#getSmall(digest)))
  }

  async copyTo(digest: Digest, path: string, { isExecutable }: { readonly isExecutable: boolean }): Promise<boolean> {
    return this.#guarded(async () => {
      if (isChunked(digest)) return this.#copyLarge(digest, path, isExecutable)
      const content = await this.#getSmall(digest)
      if (content === null) return false
      await writeInPlaceOf(path, content, isExecutable)
      return true
    })
  }

  async missing(digests: readonly Digest[]): Promise<readonly Digest[]> {
    const there = await this.#guarded(() => Promise.all(digests.map((digest) => this.#touch(digest))))
    return digests.filter((_, i) => !there[i])
  }

  async remove(digests: Iterable<Digest>): Promise<number> {
    const all = [...new Set(digests)]
    return this.#guarded(async () => {
      let removed = await this.#values.remove(all.filter((digest) => !isChunked(digest)).map(blobKey))
      for (const digest of all) if (isChunked(digest) && (await dropChunked(this.#values, digest))) removed++
      return removed
    })
  }

  /**
   * Keeps blobs of a build that goes on from being evicted, until {@link unpin}, before all others are: on a server that evicts
   * by volatile-ttl; by any other policy it only uses them. To pin them again prolongs it. Returns those that are not there.
   */
  async pin(buildId: BuildId, digests: readonly Digest[]): Promise<readonly Digest[]> {
    return this.#guarded(() => this.#pins.pin(buildId, digests))
  }

  /** Blobs that another build pins stay pinned. */
  async unpin(buildId: BuildId): Promise<void> {
    await this.#guarded(() => this.#pins.unpin(buildId))
  }

  /** What was put is in the server already. */
  flush(): void {}

  async usage(): Promise<BlobUsage> {
    return this.#guarded(() => usageOf(this.#values))
  }

  /** The server's. */
  async limits(): Promise<BlobLimits> {
    const { bytesMax } = await this.#guarded(() => memoryOf(this.#values.connection))
    return { bytesMax, unusedMsMax: this.#values.lifeMs }
  }

  async setLimits(): Promise<void> {
    throw new BlobStoreError("blob store: the limit is the Redis server's; set maxmemory there (redis-cli config set)")
  }

  /** The server does that by itself. */
  async collect(_now: number): Promise<CollectedBlobs> {
    return { removed: 0, removedBytes: 0, compressed: 0, savedBytes: 0 }
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return this.#guarded(async () => {
      let checked = 0
      const damaged: Digest[] = []
      for await (const keys of this.#values.keys(blobPrefix))
        for (const digest of keys.map(digestOfKey)) {
          if (digest === undefined) continue
          checked++
          if (!(await this.#isWhole(digest))) damaged.push(digest)
        }
      return { checked, damaged }
    })
  }

  async close(): Promise<void> {}

  async #putSmall(digest: Digest, content: Uint8Array): Promise<boolean> {
    if (digestOf(content) !== digest) return false
    if (content.byteLength >= askedBytesMin && (await this.#touch(digest))) return true
    if (!(await this.#values.write(blobKey(digest), await pack(content), true))) await this.#touch(digest)
    return true
  }

  async #getSmall(digest: Digest): Promise<Uint8Array | null> {
    const bytes = digestBytes(digest)
    const value = await this.#values.read(blobKey(digest), bytes)
    if (value === null) return null
    const content = await unpack(value, bytes)
    if (content !== null && digestOf(content) === digest) return content
    await this.#values.remove([blobKey(digest)])
    return null
  }

  async #getLarge(digest: Digest): Promise<Uint8Array | null> {
    let content: Buffer | undefined
    const isWhole = await readChunks(this.#values, digest, (piece, at) => {
      content ??= Buffer.allocUnsafe(digestBytes(digest))
      piece.copy(content, at)
    })
    return isWhole && content !== undefined ? content : null
  }

  /** By a file beside `path`, which is checked before it gets that name. */
  async #copyLarge(digest: Digest, path: string, isExecutable: boolean): Promise<boolean> {
    if (!(await this.#values.touch(blobKey(digest)))) return false
    const temporary = join(dirname(path), `.millrace-${temporaryName()}`)
    try {
      let isWhole = false
      await writePieces(temporary, isExecutable ? 0o777 : 0o666, async (file) => {
        isWhole = await readChunks(this.#values, digest, (piece) => writeAll(file, piece))
      })
      if (isWhole) await rename(temporary, path)
      return isWhole
    } finally {
      rmSync(temporary, { force: true })
    }
  }

  async #isWhole(digest: Digest): Promise<boolean> {
    if (!isChunked(digest)) return (await this.#getSmall(digest)) !== null
    return readChunks(this.#values, digest, () => {})
  }

  /** Whether it is there, with all of its chunks; that uses it. */
  async #touch(digest: Digest): Promise<boolean> {
    if (!(await this.#values.touch(blobKey(digest)))) return false
    if (!isChunked(digest) || (await touchChunks(this.#values, digest))) return true
    await this.#values.remove([blobKey(digest)])
    return false
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof RedisError) throw new BlobStoreError(`blob store: ${error.message}`, { cause: error })
      const trouble = fileTrouble(error)
      throw trouble === null ? error : new BlobStoreError(`blob store: ${trouble}`, { cause: error })
    }
  }
}
