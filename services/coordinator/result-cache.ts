import type { OutputEntry } from '../../events/action-result.ts'
import type { ActionCache } from '../../infra/action-cache/action-cache.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { Roots } from '../../machines/keys/roots.ts'

/** Where a build takes results from and keeps them. */
export interface ResultCache {
  readonly actions: ActionCache
  readonly blobs: BlobStore
  /** The build's own directories, which keys are relative to. */
  readonly roots: Roots
  readonly place: PlaceOutputs
}

/**
 * Puts the outputs of a cached result where those who need them find them. False when a blob is not there any more; some
 * outputs may then be in place.
 *
 * @param paths where the task declares them, in the order of the entries
 */
export type PlaceOutputs = (entries: readonly OutputEntry[], paths: readonly string[]) => boolean | Promise<boolean>
