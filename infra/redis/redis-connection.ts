import { Redis } from 'ioredis'
import { RedisError, redisTrouble, replyCode } from './redis-error.ts'
import { SilenceWatch } from './silence-watch.ts'

export interface RedisConnectionOptions {
  /** `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. */
  readonly url: string
  /** What the server calls this client in its own reports. */
  readonly name: string
}

/**
 * When a server has said nothing for so long, in ms, all that was asked as long ago fails, and so does, at once, what is asked
 * while it stays away. One that has much to answer may take longer.
 */
const silenceMsMax = 2_000
/** What a connection may take to be made, in ms; one that is silent for so long, while something is asked, is replaced. */
const connectMsMax = 5_000
/** A lost connection is tried again so often, in ms, for ever. */
const reconnectMs = 250

/** Connects to Redis. Rejects with {@link RedisError} that names the server and the mend. */
export async function connectRedis({ url, name }: RedisConnectionOptions): Promise<RedisConnection> {
  const place = placeOf(url)
  const redis = new Redis(url, {
    connectionName: name,
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: connectMsMax,
    socketTimeout: connectMsMax,
    retryStrategy: () => reconnectMs,
    maxRetriesPerRequest: silenceMsMax / reconnectMs,
  })
  const connection = new RedisConnection(redis, place)
  try {
    await connection.open()
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/**
 * A connection that mends itself. What is asked while it is lost waits for it, for 2 s at most; what was asked before and
 * not answered is asked again, so all that is asked has to be idempotent.
 */
export class RedisConnection {
  readonly #redis: Redis
  readonly #place: string
  /** On the clock of `performance`; undefined while the server is there. */
  #awaySince: number | undefined
  /** Why it is away. */
  #reason: unknown
  readonly #silence = new SilenceWatch(silenceMsMax)
  #isClosed = false

  constructor(redis: Redis, place: string) {
    this.#redis = redis
    this.#place = place
    redis.on('error', (error) => {
      this.#reason = error
    })
    redis.on('close', () => {
      this.#awaySince ??= performance.now()
    })
    redis.on('ready', () => {
      this.#awaySince = undefined
      this.#reason = undefined
    })
  }

  /** Connects for the first time, and makes sure that the server knows what is needed of it. */
  async open(): Promise<void> {
    try {
      await new SilenceWatch(connectMsMax).watch(this.#redis.connect())
    } catch (error) {
      throw this.#failure(this.#reason ?? error)
    }
    try {
      // An option that came with 7.0, on a key that is not there.
      await new SilenceWatch(connectMsMax).watch(this.#redis.call('PEXPIRE', 'millrace:probe', '1', 'GT'))
    } catch (error) {
      if (replyCode(error) !== 'ERR') throw this.#failure(error)
      throw new RedisError(`Redis at ${this.#place} is too old; run 7.0 or later`, { cause: error })
    }
  }

  /** Gives the reply to one command or pipeline. Rejects with {@link RedisError}, soon. */
  async ask<Reply>(work: (redis: Redis) => Promise<Reply>): Promise<Reply> {
    if (this.#isClosed) throw new RedisError(`${this.#place}: this connection was closed; open another one`)
    if (this.#awaySince !== undefined && performance.now() - this.#awaySince > silenceMsMax)
      throw this.#failure(this.#reason)
    try {
      return await this.#silence.watch(work(this.#redis))
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Ends the connection; what is not answered yet fails. */
  async close(): Promise<void> {
    this.#isClosed = true
    // Between two attempts to connect there is nothing that could end.
    const isOpen = ['connecting', 'connect', 'ready'].includes(this.#redis.status)
    const ended = new Promise<void>((resolve) => this.#redis.once('end', () => resolve()))
    this.#redis.disconnect()
    if (isOpen) await ended
  }

  #failure(error: unknown): RedisError {
    const cause = this.#awaySince === undefined ? error : (this.#reason ?? error)
    return new RedisError(`Redis at ${this.#place} ${redisTrouble(cause)}`, { cause })
  }
}

/** The server without user and password, for messages. */
function placeOf(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new RedisError('the URL of Redis is no address; write redis://host:6379')
  return parsed.host
}
