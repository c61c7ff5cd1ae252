import { createHash } from 'node:crypto'
import type { RedisConnection } from './redis-connection.ts'
import { RedisError, replyCode } from './redis-error.ts'

/** A script that the server runs, all at once, so it must be short; sent as its hash where the server knows it. */
export class RedisScript<Reply> {
  readonly #source: string
  readonly #hash: string

  constructor(source: string) {
    this.#source = source
    this.#hash = createHash('sha1').update(source).digest('hex')
  }

  async run(
    connection: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Reply> {
    const all = [...keys, ...args]
    try {
      return (await connection.ask((redis) => redis.evalsha(this.#hash, keys.length, ...all))) as Reply
    } catch (error) {
      if (!(error instanceof RedisError) || replyCode(error.cause) !== 'NOSCRIPT') throw error
      return (await connection.ask((redis) => redis.eval(this.#source, keys.length, ...all))) as Reply
    }
  }
}
