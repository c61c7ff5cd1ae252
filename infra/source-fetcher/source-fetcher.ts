import type { Digest } from '../../events/digest.ts'
import type { BlobStore } from '../blob-store/blob-store.ts'
import type { TreeEntry } from '../input-tree/input-tree.ts'

/** Gets sources from where they are kept. */
export interface SourceFetcher {
  /**
   * Brings a revision's files into the blob store. Paths of the entries are relative to its top. Rejects with
   * {@link SourceFetchError} when there is no such revision, or it can't be had.
   */
  fetch(source: GitSource, blobs: BlobStore): Promise<FetchedSource>
}

export interface GitSource {
  readonly url: string
  /** Branch, tag or commit. */
  readonly revision: string
}

export interface FetchedSource {
  /** What the revision stands for. */
  readonly commit: string
  readonly entries: readonly TreeEntry[]
  /** Paths of what was left out: submodules. */
  readonly skipped: readonly string[]
}

/** Sources can't be had. The message is one line and says how to mend it. */
export class SourceFetchError extends Error {
  override readonly name = 'SourceFetchError'
}

/** Contents by git's own name of them. */
export type KnownContents = Map<string, Digest>
