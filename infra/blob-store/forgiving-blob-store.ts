import type { Digest } from '../../events/digest.ts'
import { FirstTrouble } from '../forgiving/first-trouble.ts'
import { type BlobLimits, type BlobStore, BlobStoreError, type BlobUsage, type CollectedBlobs } from './blob-store.ts'

/**
 * A store whose trouble stops nobody's build: at the first one it tells `onTrouble` once, and from then on it is empty and
 * takes nothing.
 */
export class ForgivingBlobStore implements BlobStore {
  readonly #store: BlobStore
  readonly #trouble: FirstTrouble<BlobStoreError>

  constructor(store: BlobStore, onTrouble: (error: BlobStoreError) => void) {
    this.#store = store
    this.#trouble = new FirstTrouble((error) => error instanceof BlobStoreError, onTrouble)
  }

  put(digest: Digest, content: Uint8Array): boolean | Promise<boolean> {
    return this.#trouble.try(false, () => this.#store.put(digest, content))
  }

  putFile(digest: Digest, path: string): boolean | Promise<boolean> {
    return this.#trouble.try(false, () => this.#store.putFile(digest, path))
  }

  get(digest: Digest): Uint8Array | null | Promise<Uint8Array | null> {
    return this.#trouble.try<Uint8Array | null>(null, () => this.#store.get(digest))
  }

  copyTo(digest: Digest, path: string, mode: { readonly isExecutable: boolean }): boolean | Promise<boolean> {
    return this.#trouble.try(false, () => this.#store.copyTo(digest, path, mode))
  }

  missing(digests: readonly Digest[]): readonly Digest[] | Promise<readonly Digest[]> {
    return this.#trouble.try(digests, () => this.#store.missing(digests))
  }

  async remove(digests: Iterable<Digest>): Promise<number> {
    return this.#trouble.try(0, () => this.#store.remove(digests))
  }

  flush(): void | Promise<void> {
    return this.#trouble.try<void>(undefined, () => this.#store.flush())
  }

  async usage(): Promise<BlobUsage> {
    return this.#trouble.try({ blobs: 0, bytes: 0, storedBytes: 0 }, () => this.#store.usage())
  }

  async limits(): Promise<BlobLimits> {
    return this.#trouble.try({ bytesMax: 0, unusedMsMax: 0 }, () => this.#store.limits())
  }

  async setLimits(limits: BlobLimits): Promise<void> {
    await this.#trouble.try<void>(undefined, () => this.#store.setLimits(limits))
  }

  async collect(now: number): Promise<CollectedBlobs> {
    const nothing = { removed: 0, removedBytes: 0, compressed: 0, savedBytes: 0 }
    return this.#trouble.try(nothing, () => this.#store.collect(now))
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return this.#trouble.try({ checked: 0, damaged: [] }, () => this.#store.verify())
  }

  async close(): Promise<void> {
    try {
      await this.#store.close()
    } catch (error) {
      this.#trouble.forgive(error, undefined)
    }
  }
}
