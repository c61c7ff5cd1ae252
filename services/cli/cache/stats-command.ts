import type { CacheMiss } from '../../../events/cache-miss.ts'
import { describeMiss } from '../../../events/describe-event.ts'
import type { ActionCounts } from '../../../infra/action-cache/action-cache.ts'
import type { BlobLimits, BlobUsage } from '../../../infra/blob-store/blob-store.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { bytesText } from '../doctor/check.ts'
import { PacedOutput } from '../paced-output.ts'
import { ageText, localTime } from '../time-text.ts'
import { type CacheContext, noCacheText, withCacheThere } from './cache-context.ts'
import { limitsText } from './limit-command.ts'
import { amount } from './quantity.ts'

interface CacheStats {
  readonly counts: ActionCounts
  readonly results: number
  readonly usage: BlobUsage
  readonly limits: BlobLimits
  /** In ms since 1970; absent when nothing is kept. */
  readonly oldestUseAt?: number
  readonly newestUseAt?: number
}

/** Tells what the cache holds and of how much use it was. */
export async function statsCommand({ isJson }: { readonly isJson: boolean }, context: CacheContext): Promise<void> {
  const out = new PacedOutput(context.stdout)
  const stats = await withCacheThere(context, readStats)
  if (isJson) out.line(JSON.stringify(jsonStats(stats, context)))
  else if (stats === undefined) out.line(noCacheText(context.directory))
  else for (const line of statsLines(stats, context)) out.line(line)
  await out.flushed()
}

async function readStats({ actions, blobs }: LocalCache): Promise<CacheStats> {
  const [counts, usage, limits] = await Promise.all([actions.counts(), blobs.usage(), blobs.limits()])
  let results = 0
  let oldest = usage.oldestUseAt ?? Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  for await (const { usedAt } of actions.entries()) {
    results++
    oldest = Math.min(oldest, usedAt)
    newest = Math.max(newest, usedAt)
  }
  return {
    counts,
    results,
    usage,
    limits,
    ...(Number.isFinite(oldest) ? { oldestUseAt: oldest } : {}),
    ...(Number.isFinite(newest) ? { newestUseAt: newest } : {}),
  }
}

const missKinds = ['unknown-task', 'unknown-files', 'lost-blobs', 'unmovable', 'uncacheable', 'cache-off'] as const

/** How often tasks were taken from the cache and how often not, by reason. */
function lookUps({ counters }: ActionCounts) {
  const misses = missKinds.map((kind) => [kind, counters[kind] ?? 0] as const).filter(([, count]) => count > 0)
  const hits = counters.hit ?? 0
  const missed = misses.reduce((sum, [, count]) => sum + count, 0)
  return { hits, misses, missed, all: hits + missed }
}

function* statsLines(stats: CacheStats, { directory, now }: CacheContext): Generator<string, void> {
  const { counts, results, usage, limits, oldestUseAt, newestUseAt } = stats
  const { hits, misses, missed, all } = lookUps(counts)
  const line = (label: string, text: string) => `${label.padEnd(16)}${text}`
  const share = (count: number) => `${String(count).padStart(8)}  ${percentText(count, all).padStart(6)}`
  yield line('cache', directory)
  yield line('looked up', `${amount(all, 'task')} since ${localTime(counts.since)} (${ageText(now - counts.since)})`)
  if (all > 0) {
    yield line('hits', share(hits))
    yield line('misses', share(missed))
  }
  for (const [kind, count] of misses) yield line(`  ${kind}`, `${share(count)}  ${meaningOf(kind)}`)
  yield line('results', String(results))
  const { blobs, bytes, storedBytes } = usage
  const inUse = limits.bytesMax === 0 ? '' : `, ${percentText(storedBytes, limits.bytesMax)} of the limit`
  yield line('blobs', `${blobs}: ${bytesText(bytes)}, stored in ${bytesText(storedBytes)}${inUse}`)
  yield line('limits', limitsText(limits))
  if (oldestUseAt !== undefined && newestUseAt !== undefined)
    yield line('used', `last ${ageText(now - newestUseAt)}, the least recently used ${ageText(now - oldestUseAt)}`)
}

function meaningOf(kind: CacheMiss['kind']): string {
  if (kind === 'uncacheable') return 'never cached: console pool, generators, tasks that always run, undeclared files'
  return describeMiss(kind === 'cache-off' ? { kind } : { kind, key: '' })
}

function percentText(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}

function jsonStats(stats: CacheStats | undefined, { directory }: CacheContext): object {
  if (stats === undefined) return { directory, hits: 0, misses: {}, results: 0, blobs: 0, bytes: 0, stored_bytes: 0 }
  const { counts, results, usage, limits, oldestUseAt, newestUseAt } = stats
  const { hits, misses } = lookUps(counts)
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  return {
    directory,
    since: time(counts.since),
    hits,
    misses: Object.fromEntries(misses),
    results,
    blobs: usage.blobs,
    bytes: usage.bytes,
    stored_bytes: usage.storedBytes,
    limits: { bytes_max: limits.bytesMax, unused_ms_max: limits.unusedMsMax },
    oldest_use_at: time(oldestUseAt),
    newest_use_at: time(newestUseAt),
  }
}
