import type { CollectedBlobs } from '../../../infra/blob-store/blob-store.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { bytesText } from '../doctor/check.ts'
import { PacedOutput } from '../paced-output.ts'
import { type CacheContext, noCacheText, withCacheThere } from './cache-context.ts'
import { blobsOf, type CachedEntry } from './cached-entry.ts'
import { amount } from './quantity.ts'
import { removeResults } from './remove-results.ts'

/** Brings the cache within its limits, and removes results of which something is gone. */
export async function gcCommand(context: CacheContext): Promise<void> {
  const out = new PacedOutput(context.stdout)
  const lines = await withCacheThere(context, (cache) => collect(cache, context.now))
  for (const line of lines ?? [noCacheText(context.directory)]) out.line(line)
  await out.flushed()
}

async function collect(cache: LocalCache, now: number): Promise<readonly string[]> {
  const { actions, blobs } = cache
  const { unusedMsMax } = await blobs.limits()
  const unused = await actions.removeUnused(unusedMsMax === 0 ? 0 : now - unusedMsMax)
  const collected = await collectBlobs(cache, now)
  const incomplete = await removeResults(cache, await incompleteEntries(cache))
  const usage = await blobs.usage()
  const freed = [
    [unused, `${amount(unused, 'result')} not used for too long`],
    [incomplete.results, `${amount(incomplete.results, 'result')} no longer complete`],
    [collected.removed + incomplete.blobs, amount(collected.removed + incomplete.blobs, 'blob')],
  ] as const
  const removed = freed.filter(([count]) => count > 0).map(([, text]) => text)
  const { compressed } = collected
  const freedBytes = collected.removedBytes + collected.savedBytes + incomplete.bytes
  return [
    removed.length === 0 ? 'removed nothing' : `removed ${removed.join(', ')}`,
    compressed === 0
      ? 'compressed nothing'
      : `compressed ${amount(compressed, 'blob')}, which saved ${bytesText(collected.savedBytes)}`,
    `freed ${bytesText(freedBytes)}; ${amount(usage.blobs, 'blob')} stored in ${bytesText(usage.storedBytes)}`,
  ]
}

/** One call of the store compresses for a moment only. */
async function collectBlobs({ blobs }: LocalCache, now: number): Promise<CollectedBlobs> {
  let sum: CollectedBlobs = { removed: 0, removedBytes: 0, compressed: 0, savedBytes: 0 }
  for (;;) {
    const { removed, removedBytes, compressed, savedBytes } = await blobs.collect(now)
    sum = {
      removed: sum.removed + removed,
      removedBytes: sum.removedBytes + removedBytes,
      compressed: sum.compressed + compressed,
      savedBytes: sum.savedBytes + savedBytes,
    }
    if (compressed === 0) return sum
  }
}

/** Looks twice: what a build has just put may be on its way to the disk. */
async function incompleteEntries({ actions, blobs }: LocalCache): Promise<readonly CachedEntry[]> {
  const suspects: CachedEntry[] = []
  for await (const { actionKey, result, usedAt } of actions.entries())
    if ((await blobs.missing(blobsOf(result))).length > 0) suspects.push({ actionKey, result, usedAt })
  const incomplete: CachedEntry[] = []
  for (const entry of suspects) if ((await blobs.missing(blobsOf(entry.result))).length > 0) incomplete.push(entry)
  return incomplete
}
