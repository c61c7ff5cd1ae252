import type { Digest } from '../../events/digest.ts'

/**
 * Blobs from those who happen to have them: workers that made them, clients whose sources they are. Slower than a shared store, and
 * there when that is not.
 */
export interface BlobPeers {
  /** A blob's content, checked against its digest, from whoever has it; `null` when nobody answers that he has. */
  fetch(digest: Digest): Promise<Uint8Array | null>
  /** Gives others what `find` gives, until the returned function is called; `null`: it is not here. */
  serve(find: FindBlob): () => void
}

/** Not checked: who fetches does that. */
export type FindBlob = (digest: Digest) => Uint8Array | null | Promise<Uint8Array | null>
