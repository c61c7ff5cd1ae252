import type { ActionResult, OutputEntry, OutputFile } from '../../../events/action-result.ts'
import { digestOf } from '../../../events/digest.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import { withRunPaths } from '../../../machines/elf/run-path.ts'
import { movedText } from '../../../machines/keys/moved-text.ts'
import type { Placed } from '../../placed.ts'
import type { PlaceOutputs } from '../result-cache.ts'
import type { StagedTree } from './staged-tree.ts'

/** Takes the outputs of a cached result for made, once it is sure that all of them are in the blob store. */
export function placedByDigest(tree: StagedTree, blobs: BlobStore, roots: readonly string[]): PlaceOutputs {
  return async ({ outputs, origin }: ActionResult, paths: readonly string[]): Promise<Placed> => {
    const digests = outputs.flatMap((entry) => ('digest' in entry ? [entry.digest] : []))
    if ((await blobs.missing(digests)).length > 0) return 'lost-blobs'
    const isElsewhere = origin.roots.some((root, i) => root !== roots[i])
    const made: OutputEntry[] = []
    for (const [i, entry] of outputs.entries()) {
      const placed = { ...entry, path: paths[i]! }
      if ('target' in placed || !placed.hasRunPath || !isElsewhere) made.push(placed)
      else {
        const moved = await movedFile(placed, blobs, (list) => movedText(list, origin.roots, roots))
        if (typeof moved === 'string') return moved
        made.push(moved)
      }
    }
    for (const entry of made) tree.make(entry)
    return 'placed'
  }
}

/** A program or library whose run-time search paths name the place where it was made. */
async function movedFile(
  entry: OutputFile,
  blobs: BlobStore,
  move: (list: string) => string,
): Promise<OutputFile | Placed> {
  const content = await blobs.get(entry.digest)
  if (content === null) return 'lost-blobs'
  const moved = withRunPaths(content, move)
  if (moved === undefined) return 'unmovable'
  const digest = digestOf(moved)
  return (await blobs.put(digest, moved)) ? { ...entry, digest } : 'lost-blobs'
}
