import { type Digest, digestBytes } from '../../../events/digest.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { blobsOf, type CachedEntry } from './cached-entry.ts'

export interface RemovedResults {
  readonly results: number
  readonly blobs: number
  /** Of the contents. */
  readonly bytes: number
}

/**
 * Removes results, and the blobs that no other result needs. A build that has just stored such a blob for a result of its
 * own finds it gone later, and makes it again.
 */
export async function removeResults(cache: LocalCache, entries: readonly CachedEntry[]): Promise<RemovedResults> {
  if (entries.length === 0) return { results: 0, blobs: 0, bytes: 0 }
  const results = await cache.actions.remove(entries.map(({ actionKey }) => actionKey))
  const free = await freedBlobs(cache, entries)
  const blobs = await cache.blobs.remove(free)
  // Read sets that only they had.
  await cache.actions.removeUnused(0)
  return { results, blobs, bytes: bytesOf(free) }
}

/** What {@link removeResults} would remove. */
export async function removableResults(cache: LocalCache, entries: readonly CachedEntry[]): Promise<RemovedResults> {
  const free = await freedBlobs(cache, entries)
  return { results: entries.length, blobs: free.length, bytes: bytesOf(free) }
}

/** Blobs of these results that are there and that no other one needs. */
async function freedBlobs({ actions, blobs }: LocalCache, entries: readonly CachedEntry[]): Promise<readonly Digest[]> {
  const removed = new Set(entries.map(({ actionKey }) => actionKey))
  const free = new Set(entries.flatMap(({ result }) => blobsOf(result)))
  for await (const { actionKey, result } of actions.entries())
    if (!removed.has(actionKey)) for (const digest of blobsOf(result)) free.delete(digest)
  for (const digest of await blobs.missing([...free])) free.delete(digest)
  return [...free]
}

function bytesOf(digests: readonly Digest[]): number {
  return digests.reduce((sum, digest) => sum + digestBytes(digest), 0)
}
