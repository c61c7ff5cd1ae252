import { matchesGlob } from 'node:path'
import type { LocalCache } from '../../embedded/engine.ts'
import { UserError } from '../../user-error.ts'
import { bytesText } from '../doctor/check.ts'
import { PacedOutput } from '../paced-output.ts'
import { ageText } from '../time-text.ts'
import { type CacheContext, noCacheText, withCacheThere } from './cache-context.ts'
import { type CachedEntry, entriesWith } from './cached-entry.ts'
import { amount } from './quantity.ts'
import { type RemovedResults, removableResults, removeResults } from './remove-results.ts'

/** Which results: those for which all that is given holds. */
export interface PurgeOptions {
  readonly isAll: boolean
  /** Not used for so long. */
  readonly unusedMs?: number
  /** Pattern of task ids, as Node's `path.matchesGlob` takes it. */
  readonly task?: string
  /** Id of the build that made them. */
  readonly build?: string
  /** Names them, and removes nothing. */
  readonly isDryRun: boolean
}

/** Removes results, and the blobs that no other result needs. Throws {@link UserError} when it is not said which. */
export async function purgeCommand(options: PurgeOptions, context: CacheContext): Promise<void> {
  checkPurge(options)
  const out = new PacedOutput(context.stdout)
  const removed = await withCacheThere(context, (cache) => purge(cache, options, context, out))
  out.line(removed === undefined ? noCacheText(context.directory) : removedText(removed, options.isDryRun))
  await out.flushed()
}

/** `removed 3 results and 5 blobs (1.2 MiB)`. */
export function removedText({ results, blobs, bytes }: RemovedResults, isDryRun = false): string {
  const what = `${amount(results, 'result')} and ${amount(blobs, 'blob')} (${bytesText(bytes)})`
  return `${isDryRun ? 'would remove' : 'removed'} ${what}`
}

/** Throws {@link UserError} when it is not said which results. */
export function checkPurge({ isAll, unusedMs, task, build }: Omit<PurgeOptions, 'isDryRun'>): void {
  if (!isAll && unusedMs === undefined && task === undefined && build === undefined)
    throw new UserError('say which results to remove: --older-than, --task, --build, or --all')
}

async function purge(
  cache: LocalCache,
  { unusedMs, task, build, isDryRun }: PurgeOptions,
  { now }: CacheContext,
  out: PacedOutput,
): Promise<RemovedResults> {
  const isWanted = ({ result: { origin }, usedAt }: CachedEntry) =>
    (unusedMs === undefined || usedAt <= now - unusedMs) &&
    (task === undefined || matchesGlob(origin.task, task)) &&
    (build === undefined || origin.build === build)
  const entries = await entriesWith(cache, isWanted)
  if (!isDryRun) return removeResults(cache, entries)
  for (const { result, usedAt } of entries) {
    const { origin } = result
    out.line(`would remove ${origin.task}, made in build ${origin.build}, used ${ageText(now - usedAt)}`)
    await out.room()
    if (out.isClosed) break
  }
  return removableResults(cache, entries)
}
