import type { Digest } from '../../events/digest.ts'

/**
 * Contents by their digest (REAPI's CAS). What it gives has been checked against its digest; a blob that is torn or
 * damaged counts as absent and is removed. Blobs can vanish at any time: whoever needs one must be able to do without.
 *
 * Methods that may answer at once do so for small blobs, so that thousands of them cost no turns of the event loop.
 * All reject with, or throw, {@link BlobStoreError} when the store can't be read or written at all.
 */
export interface BlobStore {
  /** Keeps a content, whole or not at all. False when it has another digest. Keeping it again marks it as used. */
  put(digest: Digest, content: Uint8Array): boolean | Promise<boolean>
  /**
   * Keeps what a file holds. False when that is not there any more, or is another content. A blob that is there already is
   * marked as used, and the file is not looked at.
   */
  putFile(digest: Digest, path: string): boolean | Promise<boolean>
  /** The content, `null` for none, and marks it as used. */
  get(digest: Digest): Uint8Array | null | Promise<Uint8Array | null>
  /**
   * Makes `path` a new file with the content, in place of any file or link there, and marks the blob as used. False when
   * there is no such blob; what is at `path` is then gone or as it was. The file shares nothing with the store that a later
   * writer of the file could change.
   */
  copyTo(digest: Digest, path: string, mode: { readonly isExecutable: boolean }): boolean | Promise<boolean>
  /** Those of the digests that are not there; the others are marked as used. Does not read the contents. */
  missing(digests: readonly Digest[]): readonly Digest[] | Promise<readonly Digest[]>
  /** Returns how many of them were there. */
  remove(digests: Iterable<Digest>): Promise<number>
  /** Stores for good what was kept so far; a crash before that may lose it. */
  flush(): void | Promise<void>
  usage(): Promise<BlobUsage>
  limits(): Promise<BlobLimits>
  setLimits(limits: BlobLimits): Promise<void>
  /**
   * Keeps the store within its limits: removes what was not used for too long, then the least recently used, and
   * compresses what has not been used for a while. Cheap when the store is within its limits.
   */
  collect(now: number): Promise<CollectedBlobs>
  /** Reads every blob; those that are damaged are removed and returned. */
  verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }>
  close(): Promise<void>
}

export interface BlobUsage {
  readonly blobs: number
  /** Of the contents. */
  readonly bytes: number
  /** On the disk or in the server, after compression. */
  readonly storedBytes: number
  /** When the least recently used one was last used, in ms since 1970; absent when there are none. */
  readonly oldestUseAt?: number
}

export interface BlobLimits {
  /** Stored bytes beyond which the least recently used blobs go; 0: no limit. */
  readonly bytesMax: number
  /** Blobs that were not used for so long go; 0: no limit. */
  readonly unusedMsMax: number
}

export interface CollectedBlobs {
  readonly removed: number
  readonly removedBytes: number
  readonly compressed: number
  /** Stored bytes that compression saved. */
  readonly savedBytes: number
}

/** The store can't be opened, read or written. The message is one line and says how to mend it. */
export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError'
}
