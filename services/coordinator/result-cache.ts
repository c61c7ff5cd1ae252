import type { ActionResult } from '../../events/action-result.ts'
import type { ActionCache } from '../../infra/action-cache/action-cache.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { Roots } from '../../machines/keys/roots.ts'
import type { Placed } from '../placed.ts'

/** Where a build takes results from and keeps them. */
export interface ResultCache {
  readonly actions: ActionCache
  readonly blobs: BlobStore
  /** The build's own directories, which keys are relative to. */
  readonly roots: Roots
  readonly place: PlaceOutputs
}

/**
 * Puts the outputs of a cached result where those who need them find them. When that can't be done, some of them may be in
 * place all the same.
 *
 * @param paths where the task declares them, in the order of the result's outputs
 */
export type PlaceOutputs = (result: ActionResult, paths: readonly string[]) => Placed | Promise<Placed>
