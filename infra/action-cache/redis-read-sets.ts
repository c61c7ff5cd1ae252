import { RedisScript } from '../redis/redis-script.ts'
import type { RedisValues } from '../redis/redis-values.ts'
import { TurnBatch } from '../redis/turn-batch.ts'
import type { ReadSet, TaskKey } from './action-cache.ts'
import { decodeReadSet, encodeReadSet, idBytes, idsIn, listKey, setKey } from './redis-action-rows.ts'

/** Read sets that are kept for one task key: each costs a look at all of its files. */
const readSetsMax = 16

/** Puts an id first in each list: ARGV is when the lists expire, then the ids. */
const useScript = new RedisScript(`
  for i, key in ipairs(KEYS) do
    local id = ARGV[i + 1]
    local ids = redis.pcall('GET', key)
    if type(ids) ~= 'string' or #ids % ${idBytes} ~= 0 then ids = '' end
    if string.sub(ids, 1, ${idBytes}) == id then
      redis.call('PEXPIREAT', key, ARGV[1], 'GT')
    else
      local kept = id
      for at = 1, #ids, ${idBytes} do
        local other = string.sub(ids, at, at + ${idBytes - 1})
        if other ~= id and #kept < ${readSetsMax * idBytes} then kept = kept .. other end
      end
      redis.call('SET', key, kept, 'PXAT', ARGV[1])
    end
  end`)

/** Puts ARGV[3] in place of a list that is still ARGV[1] and expires at ARGV[2]: that was not used meanwhile. */
const replaceScript = new RedisScript(`
  if redis.pcall('GET', KEYS[1]) ~= ARGV[1] or redis.call('PEXPIRETIME', KEYS[1]) ~= tonumber(ARGV[2]) then return end
  if ARGV[3] == '' then redis.call('UNLINK', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL') end`)

interface SetUse {
  readonly taskKey: TaskKey
  readonly id: Buffer
}

/** The read sets of each task key, as a list of ids, and the sets themselves by their id. */
export class RedisReadSets {
  readonly #values: RedisValues
  readonly #uses: TurnBatch<SetUse, undefined>

  constructor(values: RedisValues) {
    this.#values = values
    this.#uses = new TurnBatch({ items: 256, bytes: Number.POSITIVE_INFINITY }, async (uses) => {
      const keys = uses.map(({ taskKey }) => listKey(taskKey))
      const at = Math.floor(values.now() + values.lifeMs)
      await useScript.run(values.connection, keys, [at, ...uses.map(({ id }) => id)])
      return uses.map(() => undefined)
    })
  }

  /** Last used first. */
  async of(taskKey: TaskKey): Promise<readonly ReadSet[]> {
    const list = await this.#values.read(listKey(taskKey))
    if (list === null) return []
    const sets = await Promise.all(idsIn(list).map((id) => this.#read(id)))
    return sets.filter((set) => set !== null)
  }

  /** Keeps a set; returns its id. */
  async keep(readSet: ReadSet): Promise<Buffer> {
    const { id, value } = encodeReadSet(readSet)
    if (!(await this.#values.touch(setKey(id)))) await this.#values.write(setKey(id), value)
    return id
  }

  /** Makes a set the first one of a task key. */
  async use(taskKey: TaskKey, id: Buffer): Promise<void> {
    await Promise.all([this.#uses.add({ taskKey, id }), this.#values.touch(setKey(id))])
  }

  /** Sets of these ids, without using them; null for those that are gone. */
  async peek(ids: readonly Buffer[]): Promise<readonly (ReadSet | null)[]> {
    if (ids.length === 0) return []
    const found = await this.#values.peek(ids.map(setKey))
    return found.map((value, i) => value && decodeReadSet(ids[i]!, value))
  }

  /** Takes ids out of a list that was not used since it was looked at. */
  async filter(key: string, expiresAt: number, isKept: (id: Buffer) => boolean): Promise<void> {
    const [list] = await this.#values.peek([key])
    if (!list) return
    const ids = idsIn(list)
    const kept = ids.filter(isKept)
    if (ids.length === 0 || kept.length < ids.length)
      await replaceScript.run(this.#values.connection, [key], [list, expiresAt, Buffer.concat(kept)])
  }

  async #read(id: Buffer): Promise<ReadSet | null> {
    const value = await this.#values.read(setKey(id))
    const set = value && decodeReadSet(id, value)
    // Else nobody could keep it again.
    if (value !== null && set === null) await this.#values.remove([setKey(id)])
    return set
  }
}
