import type { BlobLimits } from '../../../infra/blob-store/blob-store.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { bytesText } from '../doctor/check.ts'
import { PacedOutput } from '../paced-output.ts'
import { type CacheContext, noCacheText, withCache, withCacheThere } from './cache-context.ts'
import { spanText } from './quantity.ts'

/** What is left out stays as it is. */
export interface LimitOptions {
  readonly bytesMax?: number
  readonly unusedMsMax?: number
}

/** Shows the limits of the cache, or sets them for all builds to come. */
export async function limitCommand(options: LimitOptions, context: CacheContext): Promise<void> {
  const out = new PacedOutput(context.stdout)
  const notice = (line: string) => context.stderr.write(`warning: ${line}\n`)
  const isSetting = options.bytesMax !== undefined || options.unusedMsMax !== undefined
  const lines = isSetting
    ? await withCache({ ...context, notice }, (cache) => setLimits(cache, options))
    : await withCacheThere(context, async ({ blobs }) => [limitsText(await blobs.limits())])
  for (const line of lines ?? [noCacheText(context.directory)]) out.line(line)
  await out.flushed()
}

/** `size 10.0 GiB, unused 60 days`. */
export function limitsText({ bytesMax, unusedMsMax }: BlobLimits): string {
  const size = bytesMax === 0 ? 'size without limit' : `size ${bytesText(bytesMax)}`
  return `${size}, ${unusedMsMax === 0 ? 'unused without limit' : `unused ${spanText(unusedMsMax)}`}`
}

async function setLimits({ blobs }: LocalCache, options: LimitOptions): Promise<readonly string[]> {
  const limits: BlobLimits = { ...(await blobs.limits()), ...options }
  await blobs.setLimits(limits)
  const { storedBytes } = await blobs.usage()
  if (limits.bytesMax === 0 || storedBytes <= limits.bytesMax) return [limitsText(limits)]
  const excess = `${bytesText(storedBytes)} are stored: the next build that runs something removes what is too much,`
  return [limitsText(limits), `${excess} millrace cache gc does so now`]
}
