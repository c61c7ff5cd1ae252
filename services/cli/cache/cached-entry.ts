import type { ActionResult } from '../../../events/action-result.ts'
import type { Digest } from '../../../events/digest.ts'
import type { LocalCache } from '../../embedded/engine.ts'

/** A cached result, without its read set. */
export interface CachedEntry {
  readonly actionKey: string
  readonly result: ActionResult
  /** When it was last used, in ms since 1970; not more exact than an hour. */
  readonly usedAt: number
}

/** The results that `isWanted` picks. */
export async function entriesWith(
  { actions }: Pick<LocalCache, 'actions'>,
  isWanted: (entry: CachedEntry) => boolean,
): Promise<readonly CachedEntry[]> {
  const found: CachedEntry[] = []
  for await (const { actionKey, result, usedAt } of actions.entries())
    if (isWanted({ actionKey, result, usedAt })) found.push({ actionKey, result, usedAt })
  return found
}

/** Digests of a result's outputs, links aside. */
export function outputDigests({ outputs }: ActionResult): readonly Digest[] {
  return outputs.flatMap((entry) => ('digest' in entry ? [entry.digest] : []))
}

/** All blobs that a result is made of. */
export function blobsOf(result: ActionResult): readonly Digest[] {
  return result.printed === undefined ? outputDigests(result) : [...outputDigests(result), result.printed]
}
