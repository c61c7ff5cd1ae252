import type { ActionResult } from '../../events/action-result.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { RedisError } from '../redis/redis-error.ts'
import { RedisValues } from '../redis/redis-values.ts'
import {
  type ActionCache,
  ActionCacheError,
  type ActionCounts,
  type ActionKey,
  type CachedAction,
  type ReadSet,
  type TaskKey,
} from './action-cache.ts'
import { type ActionRow, decodeRow, encodeRow, listPrefix, resultKey, resultPrefix } from './redis-action-rows.ts'
import { RedisReadSets } from './redis-read-sets.ts'

export interface RedisActionCacheOptions {
  /** Stays open when the cache is closed. */
  readonly connection: RedisConnection
  /** What was not used for so long, in ms, is gone. Default: 14 days. */
  readonly lifeMs?: number
  /** ms since 1970; what is used when. Default: the system's. */
  readonly now?: () => number
}

interface StoredRow {
  readonly key: string
  readonly actionKey: ActionKey
  readonly usedAt: number
  /** Null for one that is damaged. */
  readonly row: ActionRow | null
}

const dayMs = 24 * 60 * 60 * 1000
const countersKey = 'millrace:action-counters'
const countedSinceKey = 'millrace:action-counters-since'

/**
 * Results in a Redis server that many coordinators share, and that may lose any of them at any moment. Look-ups of one turn
 * of the event loop go out together.
 */
export class RedisActionCache implements ActionCache {
  readonly #values: RedisValues
  readonly #readSets: RedisReadSets
  /** Writes that nobody waits for. */
  readonly #background = new Set<Promise<void>>()
  #counters = new Map<string, number>()
  #isCounting = false

  constructor({ connection, lifeMs = 14 * dayMs, now = Date.now }: RedisActionCacheOptions) {
    this.#values = new RedisValues(connection, { lifeMs, now })
    this.#readSets = new RedisReadSets(this.#values)
  }

  async readSets(taskKey: TaskKey): Promise<readonly ReadSet[]> {
    return guarded(() => this.#readSets.of(taskKey))
  }

  async result(actionKey: ActionKey): Promise<ActionResult | null> {
    return guarded(async () => {
      const value = await this.#values.read(resultKey(actionKey))
      if (value === null) return null
      const row = decodeRow(actionKey, value)
      if (row === null) {
        await this.#values.remove([resultKey(actionKey)])
        return null
      }
      this.#later(this.#readSets.use(row.taskKey, row.setId))
      return row.result
    })
  }

  /** The result comes last, so that it is found with its read set. */
  async put(action: CachedAction): Promise<void> {
    const result = structuredClone(action.result)
    await guarded(async () => {
      const { actionKey, taskKey, readSet } = action
      const setId = await this.#readSets.keep(readSet)
      const row = encodeRow({ actionKey, taskKey, readSet, result }, setId)
      await Promise.all([this.#readSets.use(taskKey, setId), this.#values.write(resultKey(actionKey), row)])
    })
  }

  async remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    const keys = [...actionKeys].map(resultKey)
    return guarded(() => this.#values.remove(keys))
  }

  /** Those that are damaged, or whose read set was evicted, are left out. Looks through the whole server. */
  async *entries(): AsyncGenerator<CachedAction & { readonly usedAt: number }, void> {
    const batches = this.#stored()
    for (;;) {
      const batch = await guarded(() => batches.next())
      if (batch.done) return
      const rows = batch.value.flatMap(({ row, ...stored }) => (row === null ? [] : [{ ...stored, ...row }]))
      const sets = await guarded(() => this.#readSets.peek(rows.map(({ setId }) => setId)))
      for (const [i, { actionKey, taskKey, result, usedAt }] of rows.entries()) {
        const readSet = sets[i]
        if (readSet) yield { actionKey, taskKey, readSet, result, usedAt }
      }
    }
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    return guarded(async () => {
      let [checked, damaged] = [0, 0]
      for await (const batch of this.#stored()) {
        checked += batch.length
        const bad = batch.filter(({ row }) => row === null)
        damaged += await this.#values.remove(bad.map(({ key }) => key))
      }
      return { checked, damaged }
    })
  }

  /** What is counted while the server is away is lost. */
  async count(amounts: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, amount] of Object.entries(amounts))
      this.#counters.set(name, (this.#counters.get(name) ?? 0) + amount)
    if (this.#isCounting) return
    this.#isCounting = true
    process.nextTick(() => this.#later(this.#writeCounters()))
  }

  async counts(): Promise<ActionCounts> {
    await this.flush()
    return guarded(async () => {
      const { connection, now } = this.#values
      await connection.ask((redis) => redis.setnx(countedSinceKey, Math.floor(now())))
      const since = await connection.ask((redis) => redis.get(countedSinceKey))
      const counters = await connection.ask((redis) => redis.hgetall(countersKey))
      const amounts = Object.entries(counters).map(([name, amount]) => [name, Number(amount)] as const)
      return { counters: Object.fromEntries(amounts.sort()), since: Number(since) }
    })
  }

  /** Looks through the whole server. Read sets that lead nowhere and are not listed any more expire by themselves. */
  async removeUnused(since: number): Promise<number> {
    return guarded(async () => {
      const startedAt = this.#values.now()
      const leading = new Set<string>()
      let removed = 0
      for await (const batch of this.#stored()) {
        const unused = batch.filter(({ usedAt, row }) => usedAt < since || row === null)
        removed += await this.#values.remove(unused.map(({ key }) => key))
        for (const { usedAt, row } of batch)
          if (row !== null && usedAt >= since) leading.add(`${row.taskKey} ${row.setId.toString('hex')}`)
      }
      for await (const keys of this.#values.keys(listPrefix))
        for (const { key, expiresAt } of await this.#values.survey(keys)) {
          if (expiresAt - this.#values.lifeMs > startedAt) continue
          const taskKey = key.slice(listPrefix.length)
          await this.#readSets.filter(key, expiresAt, (id) => leading.has(`${taskKey} ${id.toString('hex')}`))
        }
      return removed
    })
  }

  /** What was put is in the server already; counters and uses are then too. */
  async flush(): Promise<void> {
    await Promise.all([...this.#background, guarded(() => this.#writeCounters())])
  }

  async close(): Promise<void> {
    await this.flush()
  }

  async #writeCounters(): Promise<void> {
    const counters = [...this.#counters]
    this.#counters = new Map()
    this.#isCounting = false
    if (counters.length === 0) return
    const { connection, now } = this.#values
    await connection.ask((redis) => {
      const sent = counters.map(([name, amount]) => redis.hincrby(countersKey, name, amount))
      return Promise.all([redis.setnx(countedSinceKey, Math.floor(now())), ...sent])
    })
  }

  /** Nobody waits for it, or misses it when it fails. */
  #later(work: Promise<void>): void {
    const settled = work
      .catch(() => {})
      .finally(() => {
        this.#background.delete(settled)
      })
    this.#background.add(settled)
  }

  /** Every result, in batches. */
  async *#stored(): AsyncGenerator<readonly StoredRow[], void> {
    for await (const keys of this.#values.keys(resultPrefix)) {
      const [surveys, values] = await Promise.all([this.#values.survey(keys), this.#values.peek(keys)])
      yield surveys.flatMap(({ key, expiresAt }, i) => {
        const value = values[i]
        if (!value) return []
        const actionKey = key.slice(resultPrefix.length)
        return [{ key, actionKey, usedAt: expiresAt - this.#values.lifeMs, row: decodeRow(actionKey, value) }]
      })
    }
  }
}

async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RedisError) throw new ActionCacheError(`action cache: ${error.message}`, { cause: error })
    throw error
  }
}
