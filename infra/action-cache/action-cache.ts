import type { ActionResult } from '../../events/action-result.ts'

/** Lower-case hex SHA-256 over all that decides a task's result but the files that it reads undeclared. */
export type TaskKey = string
/** Lower-case hex SHA-256 over a task key and the contents of one of its read sets. */
export type ActionKey = string

/**
 * Which result belongs to which action, and which files a task is known to read (REAPI's action cache, with the manifest
 * that two-level keys need). Entries can vanish at any time, and may name blobs that have.
 *
 * All methods reject with, or throw, {@link ActionCacheError} when the cache can't be read or written at all.
 */
export interface ActionCache {
  /** The sets of files that runs under this task key have read, last used first; each only once. */
  readSets(taskKey: TaskKey): readonly ReadSet[] | Promise<readonly ReadSet[]>
  /** The result of an action, `null` for none, and marks it as used. */
  result(actionKey: ActionKey): ActionResult | null | Promise<ActionResult | null>
  /** Keeps a result and its read set, in place of an earlier one of the same action key. */
  put(action: CachedAction): void | Promise<void>
  remove(actionKeys: Iterable<ActionKey>): Promise<number>
  /** Every result, with when it was last used. */
  entries(): AsyncIterable<CachedAction & { readonly usedAt: number }>
  /** Reads every result; those that are damaged are removed and counted. */
  verify(): Promise<{ readonly checked: number; readonly damaged: number }>
  /** Adds to the counters of that name (hits, misses by reason). */
  count(amounts: Readonly<Record<string, number>>): void | Promise<void>
  counts(): Promise<ActionCounts>
  /** Removes what was not used since then (ms since 1970), and read sets that lead to no result. Returns how many results. */
  removeUnused(since: number): Promise<number>
  /** Stores for good what was kept so far; a crash before that may lose it. */
  flush(): void | Promise<void>
  close(): Promise<void>
}

export interface CachedAction {
  readonly actionKey: ActionKey
  readonly taskKey: TaskKey
  readonly readSet: ReadSet
  readonly result: ActionResult
}

/** Paths in root-relative form (machines/keys/roots), in the order in which the action key takes their contents in. */
export interface ReadSet {
  readonly paths: readonly string[]
  /** The result holds the absolute paths of its roots, so only a task in the same place may use it. */
  readonly isBound: boolean
}

export interface ActionCounts {
  readonly counters: Readonly<Record<string, number>>
  /** When counting began, in ms since 1970. */
  readonly since: number
}

/** The cache can't be opened, read or written. The message is one line and says how to mend it. */
export class ActionCacheError extends Error {
  override readonly name = 'ActionCacheError'
}
