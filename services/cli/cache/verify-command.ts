import type { Digest } from '../../../events/digest.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { bytesText } from '../doctor/check.ts'
import { PacedOutput } from '../paced-output.ts'
import { type CacheContext, noCacheText, withCacheThere } from './cache-context.ts'
import { blobsOf, type CachedEntry } from './cached-entry.ts'
import { ProgressLine } from './progress-line.ts'
import { amount } from './quantity.ts'
import { removeResults } from './remove-results.ts'

interface Verdict {
  readonly checkedBlobs: number
  readonly checkedResults: number
  readonly damaged: readonly Digest[]
  /** Results that could not be read any more. */
  readonly damagedResults: number
  /** Results that are no longer complete for it. */
  readonly results: readonly CachedEntry[]
}

/**
 * Reads the whole cache; removes and names what is damaged. Returns the exit code: 0, or 1 when something was.
 *
 * @param env of the terminal, for the line that tells how far it has come
 */
export async function verifyCommand(context: CacheContext, env: NodeJS.ProcessEnv): Promise<number> {
  const out = new PacedOutput(context.stdout)
  let isBegunAnew = false
  const open = (onTrouble: (line: string) => void) =>
    context.open((line) => {
      isBegunAnew = true
      onTrouble(line)
    })
  const progress = new ProgressLine(context.stderr, env)
  const verdict = await withCacheThere({ ...context, open }, (cache) => verify(cache, progress))
  if (verdict === undefined) out.line(noCacheText(context.directory))
  else for (const line of verdictLines(verdict, isBegunAnew)) out.line(line)
  await out.flushed()
  const isDamaged = verdict !== undefined && verdict.damaged.length + verdict.damagedResults > 0
  return isBegunAnew || isDamaged ? 1 : 0
}

async function verify(cache: LocalCache, progress: ProgressLine): Promise<Verdict> {
  const { actions, blobs } = cache
  const usage = await blobs.usage()
  const reading = `reading ${amount(usage.blobs, 'blob')}, ${bytesText(usage.storedBytes)}`
  const { checked, damaged } = await progress.during(reading, blobs.verify())
  const lost = new Set(damaged)
  const results: CachedEntry[] = []
  const verified = await progress.during('reading results', actions.verify())
  if (lost.size > 0)
    for await (const { actionKey, result, usedAt } of actions.entries())
      if (blobsOf(result).some((digest) => lost.has(digest))) results.push({ actionKey, result, usedAt })
  await removeResults(cache, results)
  return {
    checkedBlobs: checked,
    checkedResults: verified.checked,
    damaged,
    damagedResults: verified.damaged,
    results,
  }
}

function* verdictLines(verdict: Verdict, isBegunAnew: boolean): Generator<string, void> {
  const { checkedBlobs, checkedResults, damaged, damagedResults, results } = verdict
  if (damagedResults > 0) yield `damaged: ${amount(damagedResults, 'result')} in the action cache`
  for (const digest of damaged) {
    const needing = results.filter(({ result }) => blobsOf(result).includes(digest))
    const names = needing.map(({ result }) => `${pathOf(result, digest)} of ${result.origin.task}`)
    yield `damaged: blob ${digest}${names.length === 0 ? ', of no result' : `: ${names.join(', ')}`}`
  }
  const read = `read ${amount(checkedBlobs, 'blob')} and ${amount(checkedResults, 'result')}`
  if (damaged.length + damagedResults > 0)
    yield `${read}; removed ${amount(damaged.length, 'damaged blob')} and ${amount(results.length + damagedResults, 'result')}`
  else yield isBegunAnew ? `${read}: what is left is whole` : `${read}: all are whole`
}

/** In root-relative form. */
function pathOf({ outputs }: CachedEntry['result'], digest: Digest): string {
  return outputs.find((entry) => 'digest' in entry && entry.digest === digest)?.path ?? 'what was printed by the run'
}
