import { type Digest, digestBytes } from '../../events/digest.ts'
import type { BlobLimits, BlobStore, BlobUsage, CollectedBlobs } from './blob-store.ts'

/** Larger contents go from the far store to a file, and not through memory. */
const inMemoryBytesMax = 1024 * 1024

/**
 * A store that is near (a worker's disk), and a far one that many share. What is read comes from the near one, else from the
 * far one, and is kept near. What is put is in both before that resolves, and what can be put or is missing is for the far
 * one to say: others only see that. Trouble of the far store does not touch reads of what is near; whatever else is asked
 * then rejects.
 *
 * Trouble of the near store is thrown on; where it should cost no more than time, wrap that in a forgiving one.
 */
export class TwoLevelBlobStore implements BlobStore {
  readonly #near: BlobStore
  readonly #far: BlobStore
  /** Transfers from far to near that others wait for; they resolve when it is near, or could not be. */
  readonly #transfers = new Map<Digest, Promise<void>>()

  constructor(near: BlobStore, far: BlobStore) {
    this.#near = near
    this.#far = far
  }

  async put(digest: Digest, content: Uint8Array): Promise<boolean> {
    return this.#inBoth((store) => store.put(digest, content))
  }

  async putFile(digest: Digest, path: string): Promise<boolean> {
    return this.#inBoth((store) => store.putFile(digest, path))
  }

  async get(digest: Digest): Promise<Uint8Array | null> {
    const near = () => this.#near.get(digest)
    return (await near()) ?? this.#shared(digest, () => this.#fetch(digest), near)
  }

  async copyTo(digest: Digest, path: string, mode: { readonly isExecutable: boolean }): Promise<boolean> {
    const near = () => this.#near.copyTo(digest, path, mode)
    const transfer = async () => {
      if (digestBytes(digest) <= inMemoryBytesMax) {
        if ((await this.#fetch(digest)) === null) return false
        if (await near()) return true
      }
      if (!(await this.#far.copyTo(digest, path, mode))) return false
      await this.#near.putFile(digest, path)
      return true
    }
    return (await near()) || this.#shared(digest, transfer, near)
  }

  /** Those that the far store lacks, so that others can't get them. */
  async missing(digests: readonly Digest[]): Promise<readonly Digest[]> {
    const [missing] = await both(this.#far.missing(digests), this.#near.missing(digests))
    return missing
  }

  /** From both; returns how many were in the one that had more of them. */
  async remove(digests: Iterable<Digest>): Promise<number> {
    const all = [...digests]
    return Math.max(...(await both(this.#near.remove(all), this.#far.remove(all))))
  }

  async flush(): Promise<void> {
    await both(this.#near.flush(), this.#far.flush())
  }

  /** The near store's, as limits, collecting and verifying are: the far one is not this host's to look after. */
  async usage(): Promise<BlobUsage> {
    return this.#near.usage()
  }

  async limits(): Promise<BlobLimits> {
    return this.#near.limits()
  }

  async setLimits(limits: BlobLimits): Promise<void> {
    await this.#near.setLimits(limits)
  }

  async collect(now: number): Promise<CollectedBlobs> {
    return this.#near.collect(now)
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return this.#near.verify()
  }

  async close(): Promise<void> {
    await both(this.#near.close(), this.#far.close())
  }

  /** From far, and kept near. */
  async #fetch(digest: Digest): Promise<Uint8Array | null> {
    const content = await this.#far.get(digest)
    if (content !== null) await this.#near.put(digest, content)
    return content
  }

  async #inBoth(put: (store: BlobStore) => boolean | Promise<boolean>): Promise<boolean> {
    const [, isFar] = await both(later(put, this.#near), later(put, this.#far))
    return isFar
  }

  /** Waits for the same transfer of somebody else and looks near again, or runs its own. */
  async #shared<Found>(
    digest: Digest,
    transfer: () => Promise<Found>,
    near: () => Found | Promise<Found>,
  ): Promise<Found> {
    const others = this.#transfers.get(digest)
    if (others !== undefined) {
      await others
      return (await near()) || transfer()
    }
    const found = transfer()
    const ended = found.then(
      () => {},
      () => {},
    )
    this.#transfers.set(digest, ended)
    try {
      return await found
    } finally {
      this.#transfers.delete(digest)
    }
  }
}

async function later<Result>(work: (store: BlobStore) => Result | Promise<Result>, store: BlobStore): Promise<Result> {
  return work(store)
}

/** Waits for both, also when one fails, so that nothing goes on behind the caller's back. */
async function both<One, Two>(one: One | Promise<One>, two: Two | Promise<Two>): Promise<[One, Two]> {
  await Promise.allSettled([one, two])
  return Promise.all([one, two])
}
