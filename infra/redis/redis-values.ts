import { ByteGate } from './byte-gate.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisScript } from './redis-script.ts'
import { TurnBatch } from './turn-batch.ts'

export interface RedisValuesOptions {
  /** Values that were not used for so long, in ms, are gone. */
  readonly lifeMs: number
  /** ms since 1970; the clocks of all hosts must agree within a small part of `lifeMs`. */
  readonly now: () => number
}

export interface ValueSurvey {
  readonly key: string
  /** -1 for what is no value. */
  readonly storedBytes: number
  /** When it expires, in ms since 1970. */
  readonly expiresAt: number
}

/** A server answers others between two scripts: one of 256 keys takes it 0.3 ms. */
const keysAtOnce = 256
/** Of one batch of reads. */
const batchBytesMax = 256 * 1024
/** Beyond this size values are read and written one at a time, as many as the gate lets through. */
const smallBytesMax = 64 * 1024
/** What may be on its way, so that none of it waits for longer than the deadline on a line of 32 Mbit/s. */
const transferBytesMax = 8 * 1024 * 1024

/** TOUCH, because EXISTS is no use in the eyes of an evicting server. */
const extendScript = new RedisScript<readonly number[]>(`
  local there = {}
  for i, key in ipairs(KEYS) do
    there[i] = redis.call('TOUCH', key)
    if there[i] == 1 then redis.call('PEXPIREAT', key, ARGV[1], ARGV[2]) end
  end
  return there`)

const surveyScript = new RedisScript<readonly number[]>(`
  local found = {}
  for i, key in ipairs(KEYS) do
    local bytes = redis.pcall('STRLEN', key)
    found[2 * i - 1] = type(bytes) == 'number' and bytes or -1
    found[2 * i] = redis.call('PEXPIRETIME', key)
  end
  return found`)

/**
 * Values that live on as long as they are used: what is read, written or touched expires `lifeMs` later, so the time until
 * then tells when it was used last. Calls of one turn of the event loop go out together. All reject with `RedisError`.
 */
export class RedisValues {
  readonly connection: RedisConnection
  readonly lifeMs: number
  readonly now: () => number
  readonly #gate = new ByteGate(transferBytesMax)
  readonly #reads: TurnBatch<string, Buffer | null>
  readonly #touches: TurnBatch<string, boolean>

  constructor(connection: RedisConnection, { lifeMs, now }: RedisValuesOptions) {
    this.connection = connection
    this.lifeMs = lifeMs
    this.now = now
    this.#reads = new TurnBatch({ items: keysAtOnce, bytes: batchBytesMax }, (keys) => this.#read(keys))
    this.#touches = new TurnBatch({ items: keysAtOnce, bytes: Number.POSITIVE_INFINITY }, (keys) =>
      this.extend(keys, this.now() + this.lifeMs, 'GT'),
    )
  }

  /** The value, null for none. `bytes`: about as many are expected. */
  read(key: string, bytes = 1024): Promise<Buffer | null> {
    if (bytes <= smallBytesMax) return this.#reads.add(key, bytes)
    return this.#gate.pass(bytes, async () => (await this.#read([key]))[0]!)
  }

  /** Whether there is a value. */
  touch(key: string): Promise<boolean> {
    return this.#touches.add(key)
  }

  /** False when there is one already, which stays, where `onlyNew`. */
  async write(key: string, value: Buffer, onlyNew = false): Promise<boolean> {
    const at = Math.floor(this.now() + this.lifeMs)
    return this.#gate.pass(value.byteLength, () =>
      this.connection.ask(async (redis) => {
        const set = onlyNew ? redis.set(key, value, 'PXAT', at, 'NX') : redis.set(key, value, 'PXAT', at)
        return (await set) !== null
      }),
    )
  }

  /** Returns how many of them were there. */
  async remove(keys: readonly string[]): Promise<number> {
    const removed = await Promise.all(
      slices(keys).map((some) => this.connection.ask((redis) => redis.unlink([...some]))),
    )
    return removed.reduce((sum, count) => sum + count, 0)
  }

  /** Lets values live until `at` (ms since 1970) if that is later (GT) or earlier (LT) than now. Returns which are there. */
  async extend(keys: readonly string[], at: number, when: 'GT' | 'LT'): Promise<readonly boolean[]> {
    const there = await Promise.all(
      slices(keys).map((some) => extendScript.run(this.connection, some, [Math.floor(at), when])),
    )
    return there.flat().map((count) => count === 1)
  }

  /** Values as they are, which are not used by that. Null for none. */
  async peek(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    return this.connection.ask((redis) => redis.mgetBuffer([...keys]))
  }

  async survey(keys: readonly string[]): Promise<readonly ValueSurvey[]> {
    const found = await surveyScript.run(this.connection, keys, [])
    return keys.map((key, i) => ({ key, storedBytes: found[2 * i]!, expiresAt: found[2 * i + 1]! }))
  }

  /** All keys that begin with the prefix, each once, in batches; the whole server is looked through. */
  async *keys(prefix: string): AsyncGenerator<readonly string[], void> {
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, keys] = await this.connection.ask((redis) =>
        redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000),
      )
      cursor = next
      const unseen = [...new Set(keys)].filter((key) => !seen.has(key))
      for (const key of unseen) seen.add(key)
      for (const some of slices(unseen)) yield some
    } while (cursor !== '0')
  }

  async #read(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    const [values, there] = await Promise.all([this.peek(keys), this.extend(keys, this.now() + this.lifeMs, 'GT')])
    const odd = keys.filter((_, i) => values[i] === null && there[i])
    if (odd.length > 0) await this.#removeForeign(odd)
    return values
  }

  /** A list or a set would stand in the way of a value for ever; a value that came in this moment stays. */
  async #removeForeign(keys: readonly string[]): Promise<void> {
    const surveys = await this.survey(keys)
    await this.remove(surveys.filter(({ storedBytes }) => storedBytes < 0).map(({ key }) => key))
  }
}

function slices(keys: readonly string[]): readonly (readonly string[])[] {
  const parts: (readonly string[])[] = []
  for (let i = 0; i < keys.length; i += keysAtOnce) parts.push(keys.slice(i, i + keysAtOnce))
  return parts
}
