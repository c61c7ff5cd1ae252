import type { ActionResult } from '../../events/action-result.ts'
import type { ActionCache, ActionCounts, ActionKey, CachedAction, ReadSet, TaskKey } from './action-cache.ts'

type UsedAction = CachedAction & { usedAt: number }

/** Read sets that are kept for one task key. */
const readSetsMax = 16

/** Results that live as long as this object: for tests and simulation. `close` keeps what is in it. */
export class MemoryActionCache implements ActionCache {
  readonly #now: () => number
  readonly #since: number
  readonly #actions = new Map<ActionKey, UsedAction>()
  /** By what tells one set from another; the last used last. */
  readonly #readSets = new Map<TaskKey, Map<string, ReadSet>>()
  readonly #counters = new Map<string, number>()

  constructor(now: () => number = Date.now) {
    this.#now = now
    this.#since = now()
  }

  readSets(taskKey: TaskKey): readonly ReadSet[] {
    return structuredClone([...(this.#readSets.get(taskKey)?.values() ?? [])].reverse())
  }

  result(actionKey: ActionKey): ActionResult | null {
    const action = this.#actions.get(actionKey)
    if (action === undefined) return null
    action.usedAt = this.#now()
    this.#useReadSet(action)
    return structuredClone(action.result)
  }

  put(action: CachedAction): void {
    const { actionKey, taskKey, readSet, result } = structuredClone(action)
    const used = { actionKey, taskKey, readSet, result, usedAt: this.#now() }
    this.#actions.set(actionKey, used)
    this.#useReadSet(used)
  }

  async remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    let removed = 0
    for (const actionKey of actionKeys) if (this.#actions.delete(actionKey)) removed++
    return removed
  }

  async *entries(): AsyncGenerator<CachedAction & { readonly usedAt: number }, void> {
    for (const action of this.#actions.values()) yield structuredClone(action)
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    return { checked: this.#actions.size, damaged: 0 }
  }

  count(amounts: Readonly<Record<string, number>>): void {
    for (const [name, amount] of Object.entries(amounts))
      this.#counters.set(name, (this.#counters.get(name) ?? 0) + amount)
  }

  async counts(): Promise<ActionCounts> {
    return { counters: Object.fromEntries([...this.#counters].sort()), since: this.#since }
  }

  async removeUnused(since: number): Promise<number> {
    let removed = 0
    for (const [actionKey, { usedAt }] of this.#actions)
      if (usedAt < since && this.#actions.delete(actionKey)) removed++
    const leading = new Set([...this.#actions.values()].map(({ taskKey, readSet }) => `${taskKey} ${idOf(readSet)}`))
    for (const [taskKey, sets] of this.#readSets) {
      for (const id of sets.keys()) if (!leading.has(`${taskKey} ${id}`)) sets.delete(id)
      if (sets.size === 0) this.#readSets.delete(taskKey)
    }
    return removed
  }

  flush(): void {}

  async close(): Promise<void> {}

  #useReadSet({ taskKey, readSet }: CachedAction): void {
    const sets = this.#readSets.get(taskKey) ?? new Map<string, ReadSet>()
    this.#readSets.set(taskKey, sets)
    const id = idOf(readSet)
    sets.delete(id)
    sets.set(id, readSet)
    if (sets.size > readSetsMax) sets.delete(sets.keys().next().value!)
  }
}

function idOf({ paths, isBound }: ReadSet): string {
  return JSON.stringify([isBound, ...paths])
}
