import type { BuildId } from '../../events/build-id.ts'
import type { Digest } from '../../events/digest.ts'
import type { RedisValues } from '../redis/redis-values.ts'
import { blobKey, chunkKeys } from './redis-blob-keys.ts'

/** Builds that pin something, each until when (ms since 1970). */
const pinningKey = 'millrace:pinning'
const pinsKey = (buildId: BuildId) => `millrace:pins:${buildId}`

const digestsAtOnce = 500

/**
 * Pinned blobs live twice as long as others: a server that evicts what expires first (volatile-ttl) takes them last. Whoever
 * forgets to unpin leaves nothing behind but that.
 */
export class RedisBlobPins {
  readonly #values: RedisValues

  constructor(values: RedisValues) {
    this.#values = values
  }

  /** Returns those that are not there. */
  async pin(buildId: BuildId, digests: readonly Digest[]): Promise<readonly Digest[]> {
    const until = Math.floor(this.#values.now() + 2 * this.#values.lifeMs)
    const missing: Digest[] = []
    for (const some of parts(digests)) {
      await this.#values.connection.ask((redis) =>
        Promise.all([
          redis.zadd(pinningKey, until, buildId),
          redis.sadd(pinsKey(buildId), ...some),
          redis.pexpireat(pinsKey(buildId), until),
        ]),
      )
      const there = await this.#values.extend(some.map(blobKey), until, 'GT')
      missing.push(...some.filter((_, i) => !there[i]))
      await this.#values.extend(some.filter((_, i) => there[i]).flatMap(chunkKeys), until, 'GT')
    }
    return missing
  }

  /** Blobs that another build pins stay pinned. */
  async unpin(buildId: BuildId): Promise<void> {
    const { connection, now, lifeMs } = this.#values
    await connection.ask((redis) => redis.zrem(pinningKey, buildId))
    await connection.ask((redis) => redis.zremrangebyscore(pinningKey, '-inf', String(now())))
    const others = await connection.ask((redis) => redis.zrange(pinningKey, '0', '-1'))
    let cursor = '0'
    do {
      const [next, digests] = await connection.ask((redis) =>
        redis.sscan(pinsKey(buildId), cursor, 'COUNT', digestsAtOnce),
      )
      cursor = next
      for (const some of parts(digests)) {
        const elsewhere = await Promise.all(
          others.map((other) => connection.ask((redis) => redis.smismember(pinsKey(other), ...some))),
        )
        const free = some.filter((_, i) => elsewhere.every((pins) => pins[i] !== 1))
        await this.#values.extend(
          free.flatMap((digest) => [blobKey(digest), ...chunkKeys(digest)]),
          now() + lifeMs,
          'LT',
        )
      }
    } while (cursor !== '0')
    await this.#values.remove([pinsKey(buildId)])
  }
}

function* parts(digests: readonly Digest[]): Generator<readonly Digest[], void> {
  for (let i = 0; i < digests.length; i += digestsAtOnce) yield digests.slice(i, i + digestsAtOnce)
}
