import type { BuildId } from '../../../events/build-id.ts'
import type { Digest } from '../../../events/digest.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { type CachedEntry, outputDigests } from './cached-entry.ts'
import type { OutputsByAction } from './taken-results.ts'

export interface TaintedEntry extends CachedEntry {
  /** 0: made in the build itself; else one more than that of a result which it was made from. */
  readonly generation: number
}

/**
 * What came from a build: the results made in it, and those made from outputs of such results, wherever that was.
 *
 * @param known what the log tells of tainted results: of those that the cache has lost too, and as others took them
 */
export async function taintedResults(
  { actions }: Pick<LocalCache, 'actions'>,
  build: BuildId,
  known: readonly OutputsByAction[],
): Promise<readonly TaintedEntry[]> {
  const tainted = new Map<string, TaintedEntry>()
  const readers = new Map<Digest, CachedEntry[]>()
  for await (const { actionKey, result, usedAt } of actions.entries()) {
    const entry: CachedEntry = { actionKey, result, usedAt }
    if (result.origin.build === build) tainted.set(actionKey, { ...entry, generation: 0 })
    for (const digest of result.madeInputs) {
      const some = readers.get(digest) ?? []
      readers.set(digest, some)
      some.push(entry)
    }
  }
  const taint = (digests: Iterable<Digest>, generation: number) => {
    for (const digest of digests)
      for (const reader of readers.get(digest) ?? [])
        if (!tainted.has(reader.actionKey)) tainted.set(reader.actionKey, { ...reader, generation })
  }
  // Generation after generation: a map gives what is added while it is gone through.
  const descend = () => {
    for (const { actionKey, result, generation } of tainted.values()) {
      taint(outputDigests(result), generation + 1)
      for (const outputs of known) taint(outputs.get(actionKey) ?? [], generation + 1)
    }
  }
  descend()
  for (const outputs of known) for (const [action, digests] of outputs) if (!tainted.has(action)) taint(digests, 1)
  descend()
  return [...tainted.values()]
}
