import type { BuildId } from '../../../events/build-id.ts'
import type { Digest } from '../../../events/digest.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { type CachedEntry, outputDigests } from './cached-entry.ts'

export interface TaintedEntry extends CachedEntry {
  /** 0: made in the build itself; else one more than that of a result which it was made from. */
  readonly generation: number
}

/** What came from a build: the results made in it, and those made from outputs of such results, wherever that was. */
export async function taintedResults(
  { actions }: Pick<LocalCache, 'actions'>,
  build: BuildId,
): Promise<readonly TaintedEntry[]> {
  const made: TaintedEntry[] = []
  const byInput = new Map<Digest, CachedEntry[]>()
  for await (const { actionKey, result, usedAt } of actions.entries()) {
    const entry: CachedEntry = { actionKey, result, usedAt }
    if (result.origin.build === build) made.push({ ...entry, generation: 0 })
    else
      for (const digest of result.madeInputs) {
        const readers = byInput.get(digest) ?? []
        byInput.set(digest, readers)
        readers.push(entry)
      }
  }
  return withDescendants(made, byInput)
}

/** Generation after generation. */
function withDescendants(
  made: readonly TaintedEntry[],
  byInput: ReadonlyMap<Digest, readonly CachedEntry[]>,
): readonly TaintedEntry[] {
  const tainted = new Map(made.map((entry) => [entry.actionKey, entry]))
  for (const { result, generation } of tainted.values())
    for (const digest of outputDigests(result))
      for (const reader of byInput.get(digest) ?? [])
        if (!tainted.has(reader.actionKey))
          // A map gives what is added while it is gone through.
          tainted.set(reader.actionKey, { ...reader, generation: generation + 1 })
  return [...tainted.values()]
}
