import type { ActionResult } from '../../events/action-result.ts'
import { PassingTrouble } from '../forgiving/passing-trouble.ts'
import {
  type ActionCache,
  ActionCacheError,
  type ActionCounts,
  type ActionKey,
  type CachedAction,
  type ReadSet,
  type TaskKey,
} from './action-cache.ts'

/** A cache that may be away for a while: it is empty then, takes nothing, and is asked again the next time. */
export class TolerantActionCache implements ActionCache {
  readonly #cache: ActionCache
  readonly #trouble: PassingTrouble<ActionCacheError>

  /** @param onTrouble told once each time that the cache goes away */
  constructor(cache: ActionCache, onTrouble: (error: ActionCacheError) => void) {
    this.#cache = cache
    this.#trouble = new PassingTrouble((error) => error instanceof ActionCacheError, onTrouble)
  }

  readSets(taskKey: TaskKey): Promise<readonly ReadSet[]> {
    return this.#trouble.try<readonly ReadSet[]>(
      () => [],
      () => this.#cache.readSets(taskKey),
    )
  }

  result(actionKey: ActionKey): Promise<ActionResult | null> {
    return this.#trouble.try<ActionResult | null>(
      () => null,
      () => this.#cache.result(actionKey),
    )
  }

  put(action: CachedAction): Promise<void> {
    return this.#trouble.try(
      () => {},
      () => this.#cache.put(action),
    )
  }

  remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    return this.#cache.remove(actionKeys)
  }

  entries(): AsyncIterable<CachedAction & { readonly usedAt: number }> {
    return this.#cache.entries()
  }

  verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    return this.#cache.verify()
  }

  count(amounts: Readonly<Record<string, number>>): Promise<void> {
    return this.#trouble.try(
      () => {},
      () => this.#cache.count(amounts),
    )
  }

  counts(): Promise<ActionCounts> {
    return this.#cache.counts()
  }

  removeUnused(since: number): Promise<number> {
    return this.#cache.removeUnused(since)
  }

  flush(): Promise<void> {
    return this.#trouble.try(
      () => {},
      () => this.#cache.flush(),
    )
  }

  close(): Promise<void> {
    return this.#trouble.try(
      () => {},
      () => this.#cache.close(),
    )
  }
}
