import type { ActionResult } from '../../events/action-result.ts'
import {
  type ActionCache,
  ActionCacheError,
  type ActionCounts,
  type ActionKey,
  type CachedAction,
  type ReadSet,
  type TaskKey,
} from './action-cache.ts'

/**
 * A cache whose trouble stops nobody's build: at the first one it tells `onTrouble` once, and from then on it is empty and
 * takes nothing.
 */
export class ForgivingActionCache implements ActionCache {
  readonly #cache: ActionCache
  readonly #onTrouble: (error: ActionCacheError) => void
  #isOut = false

  constructor(cache: ActionCache, onTrouble: (error: ActionCacheError) => void) {
    this.#cache = cache
    this.#onTrouble = onTrouble
  }

  readSets(taskKey: TaskKey): readonly ReadSet[] | Promise<readonly ReadSet[]> {
    return this.#try<readonly ReadSet[]>([], () => this.#cache.readSets(taskKey))
  }

  result(actionKey: ActionKey): ActionResult | null | Promise<ActionResult | null> {
    return this.#try<ActionResult | null>(null, () => this.#cache.result(actionKey))
  }

  put(action: CachedAction): void | Promise<void> {
    return this.#try<void>(undefined, () => this.#cache.put(action))
  }

  async remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    return this.#try(0, () => this.#cache.remove(actionKeys))
  }

  entries(): AsyncIterable<CachedAction & { readonly usedAt: number }> {
    return this.#cache.entries()
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    return this.#try({ checked: 0, damaged: 0 }, () => this.#cache.verify())
  }

  count(amounts: Readonly<Record<string, number>>): void | Promise<void> {
    return this.#try<void>(undefined, () => this.#cache.count(amounts))
  }

  async counts(): Promise<ActionCounts> {
    return this.#try({ counters: {}, since: 0 }, () => this.#cache.counts())
  }

  async removeUnused(since: number): Promise<number> {
    return this.#try(0, () => this.#cache.removeUnused(since))
  }

  flush(): void | Promise<void> {
    return this.#try<void>(undefined, () => this.#cache.flush())
  }

  async close(): Promise<void> {
    try {
      await this.#cache.close()
    } catch (error) {
      this.#note(error)
    }
  }

  #try<Value>(otherwise: Value, work: () => Value | Promise<Value>): Value | Promise<Value> {
    if (this.#isOut) return otherwise
    try {
      const done = work()
      return done instanceof Promise ? done.catch((error) => this.#note(error, otherwise)) : done
    } catch (error) {
      return this.#note(error, otherwise)
    }
  }

  #note<Value>(error: unknown, otherwise?: Value): Value {
    if (!(error instanceof ActionCacheError)) throw error
    if (!this.#isOut) this.#onTrouble(error)
    this.#isOut = true
    return otherwise as Value
  }
}
