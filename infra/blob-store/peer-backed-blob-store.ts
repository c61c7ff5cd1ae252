import { existsSync } from 'node:fs'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { BlobPeers } from '../blob-peers/blob-peers.ts'
import { PassingTrouble } from '../forgiving/passing-trouble.ts'
import { type BlobLimits, type BlobStore, BlobStoreError, type BlobUsage, type CollectedBlobs } from './blob-store.ts'
import { writeInPlaceOf } from './copy-out.ts'

/**
 * A shared store that may be away or lose blobs, backed by those who have them: what it can't give comes from a peer, and
 * is given back to it. What it can't take counts as kept, so it is to be used as the far one of two levels, whose near one
 * is served to peers.
 */
export class PeerBackedBlobStore implements BlobStore {
  readonly #store: BlobStore
  readonly #peers: BlobPeers
  readonly #trouble: PassingTrouble<BlobStoreError>

  /** @param onTrouble told once each time that the store goes away */
  constructor(store: BlobStore, peers: BlobPeers, onTrouble: (error: BlobStoreError) => void) {
    this.#store = store
    this.#peers = peers
    this.#trouble = new PassingTrouble((error) => error instanceof BlobStoreError, onTrouble)
  }

  async put(digest: Digest, content: Uint8Array): Promise<boolean> {
    return this.#trouble.try(
      () => digestOf(content) === digest,
      () => this.#store.put(digest, content),
    )
  }

  async putFile(digest: Digest, path: string): Promise<boolean> {
    return this.#trouble.try(
      () => existsSync(path),
      () => this.#store.putFile(digest, path),
    )
  }

  async get(digest: Digest): Promise<Uint8Array | null> {
    const content = await this.#trouble.try<Uint8Array | null>(
      () => null,
      () => this.#store.get(digest),
    )
    return content ?? this.#fromPeers(digest)
  }

  async copyTo(digest: Digest, path: string, mode: { readonly isExecutable: boolean }): Promise<boolean> {
    if (
      await this.#trouble.try(
        () => false,
        () => this.#store.copyTo(digest, path, mode),
      )
    )
      return true
    const content = await this.#fromPeers(digest)
    if (content === null) return false
    await writeInPlaceOf(path, content, mode.isExecutable)
    return true
  }

  /** All of them while the store is away. */
  async missing(digests: readonly Digest[]): Promise<readonly Digest[]> {
    return this.#trouble.try(
      () => digests,
      () => this.#store.missing(digests),
    )
  }

  async remove(digests: Iterable<Digest>): Promise<number> {
    return this.#store.remove(digests)
  }

  async flush(): Promise<void> {
    await this.#trouble.try(
      () => {},
      () => this.#store.flush(),
    )
  }

  async usage(): Promise<BlobUsage> {
    return this.#store.usage()
  }

  async limits(): Promise<BlobLimits> {
    return this.#store.limits()
  }

  async setLimits(limits: BlobLimits): Promise<void> {
    await this.#store.setLimits(limits)
  }

  async collect(now: number): Promise<CollectedBlobs> {
    return this.#store.collect(now)
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return this.#store.verify()
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  async #fromPeers(digest: Digest): Promise<Uint8Array | null> {
    const content = await this.#peers.fetch(digest)
    if (content !== null) await this.put(digest, content)
    return content
  }
}
