import type { ActionResult } from '../../events/action-result.ts'
import { FirstTrouble } from '../forgiving/first-trouble.ts'
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
  readonly #trouble: FirstTrouble<ActionCacheError>

  constructor(cache: ActionCache, onTrouble: (error: ActionCacheError) => void) {
    this.#cache = cache
    this.#trouble = new FirstTrouble((error) => error instanceof ActionCacheError, onTrouble)
  }

  readSets(taskKey: TaskKey): readonly ReadSet[] | Promise<readonly ReadSet[]> {
    return this.#trouble.try<readonly ReadSet[]>([], () => this.#cache.readSets(taskKey))
  }

  result(actionKey: ActionKey): ActionResult | null | Promise<ActionResult | null> {
    return this.#trouble.try<ActionResult | null>(null, () => this.#cache.result(actionKey))
  }

  put(action: CachedAction): void | Promise<void> {
    return this.#trouble.try<void>(undefined, () => this.#cache.put(action))
  }

  async remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    return this.#trouble.try(0, () => this.#cache.remove(actionKeys))
  }

  entries(): AsyncIterable<CachedAction & { readonly usedAt: number }> {
    return this.#cache.entries()
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    return this.#trouble.try({ checked: 0, damaged: 0 }, () => this.#cache.verify())
  }

  count(amounts: Readonly<Record<string, number>>): void | Promise<void> {
    return this.#trouble.try<void>(undefined, () => this.#cache.count(amounts))
  }

  async counts(): Promise<ActionCounts> {
    return this.#trouble.try({ counters: {}, since: 0 }, () => this.#cache.counts())
  }

  async removeUnused(since: number): Promise<number> {
    return this.#trouble.try(0, () => this.#cache.removeUnused(since))
  }

  flush(): void | Promise<void> {
    return this.#trouble.try<void>(undefined, () => this.#cache.flush())
  }

  async close(): Promise<void> {
    try {
      await this.#cache.close()
    } catch (error) {
      this.#trouble.forgive(error, undefined)
    }
  }
}
