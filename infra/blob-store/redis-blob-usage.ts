import { digestBytes } from '../../events/digest.ts'
import type { RedisValues } from '../redis/redis-values.ts'
import type { BlobUsage } from './blob-store.ts'
import { blobPrefix, decodeManifest, digestOfKey, isChunked } from './redis-blob-keys.ts'

/** Looks through the whole server. A blob whose chunks were evicted counts until somebody asks for it. */
export async function usageOf(values: RedisValues): Promise<BlobUsage> {
  let [blobs, bytes, storedBytes] = [0, 0, 0]
  let oldestUseAt = Number.POSITIVE_INFINITY
  for await (const keys of values.keys(blobPrefix)) {
    const chunked: string[] = []
    for (const survey of await values.survey(keys)) {
      const digest = digestOfKey(survey.key)
      if (digest === undefined || survey.storedBytes < 0) continue
      blobs++
      bytes += digestBytes(digest)
      storedBytes += survey.storedBytes
      oldestUseAt = Math.min(oldestUseAt, lastUseOf(survey.expiresAt, values))
      if (isChunked(digest)) chunked.push(survey.key)
    }
    for (const manifest of chunked.length === 0 ? [] : await values.peek(chunked))
      storedBytes += (manifest && decodeManifest(manifest)) ?? 0
  }
  return blobs === 0 ? { blobs, bytes, storedBytes } : { blobs, bytes, storedBytes, oldestUseAt }
}

/** Pinned blobs live twice as long. */
function lastUseOf(expiresAt: number, { lifeMs, now }: RedisValues): number {
  const usedAt = expiresAt - lifeMs
  return usedAt > now() ? usedAt - lifeMs : usedAt
}
