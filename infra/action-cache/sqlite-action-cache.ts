import assert from 'node:assert'
import type { SQLOutputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { ActionResult } from '../../events/action-result.ts'
import { BatchTimer } from '../sqlite/batch-timer.ts'
import { CacheDatabase } from '../sqlite/cache-database.ts'
import {
  type ActionCache,
  ActionCacheError,
  type ActionCounts,
  type ActionKey,
  type CachedAction,
  type ReadSet,
  type TaskKey,
} from './action-cache.ts'
import { type ActionStatements, actionSchema, actionTables, prepareActionStatements } from './action-tables.ts'
import { ReadSetTable } from './read-set-table.ts'
import { decodeResult, encodeResult } from './result-row.ts'
import { removeUnusedActions } from './unused-actions.ts'

export interface SqliteActionCacheOptions {
  /** Of the user's cache; made with mode 0700 where it is missing. The cache is `actions.sqlite` in it. */
  readonly directory: string
  /** ms since 1970; what is used when. Default: the system's. */
  readonly now?: () => number
  /** Is told, at most once and in one line, that the cache was damaged and is begun anew. */
  readonly onTrouble?: (line: string) => void
}

/**
 * Opens the action cache in a directory, and makes it where it is missing. Any number of processes may have it open, and do
 * what they like to it. Throws {@link ActionCacheError}.
 */
export function openSqliteActionCache(options: SqliteActionCacheOptions): ActionCache {
  return new SqliteActionCache(options)
}

/** So many results are written at once; each takes some 20 KB of memory with its read set. */
const waitingMax = 512

/** A use of a result is written down only when the last one that was is as long ago. */
const useStepUs = 60 * 60 * 1e6

const batchEntries = 256

interface WaitingAction {
  readonly actionKey: Uint8Array
  readonly taskKey: Uint8Array
  readonly readSet: ReadSet
  readonly content: Uint8Array
  readonly usedAt: number
}

interface WaitingUse {
  readonly actionKey: Uint8Array
  readonly taskKey: Uint8Array
  readonly setId: number
  readonly usedAt: number
}

interface Session {
  readonly statements: ActionStatements
  readonly sets: ReadSetTable
}

class SqliteActionCache implements ActionCache {
  readonly #database: CacheDatabase<Session>
  readonly #now: () => number
  #actions = new Map<ActionKey, WaitingAction>()
  #uses = new Map<ActionKey, WaitingUse>()
  /** Of all that waits: who asks for one of them needs it written first. */
  #taskKeys = new Set<TaskKey>()
  #counters = new Map<string, number>()
  #lastUseAt = 0
  readonly #timer = new BatchTimer(() => this.#writeInBackground())
  /** What a flush in the background met: whoever stores something next is told. */
  #trouble: unknown

  constructor({ directory, now = Date.now, onTrouble }: SqliteActionCacheOptions) {
    this.#now = now
    this.#database = new CacheDatabase({
      directory,
      name: 'actions',
      schema: actionSchema,
      tables: actionTables(now()),
      prepare: (db) => {
        const statements = prepareActionStatements(db)
        return { statements, sets: new ReadSetTable(statements) }
      },
      failed: (trouble, cause) => new ActionCacheError(`action cache: ${trouble}`, { cause }),
      onTrouble: onTrouble && ((line) => onTrouble(`action cache: ${line}`)),
    })
  }

  readSets(taskKey: TaskKey): readonly ReadSet[] {
    if (this.#taskKeys.has(taskKey)) this.flush()
    const key = bytesOf(taskKey)
    return this.#database.run(({ statements, sets }) => {
      const found: ReadSet[] = []
      for (const { set_id: id } of statements.setIds.all(key)) {
        const set = typeof id === 'number' ? sets.get(id) : null
        if (set !== null) found.push(set)
      }
      return found
    })
  }

  result(actionKey: ActionKey): ActionResult | null {
    const waiting = this.#actions.get(actionKey)
    if (waiting !== undefined) return decodeResult(waiting.actionKey, waiting.taskKey, waiting.content)
    const key = bytesOf(actionKey)
    const row = this.#database.run(({ statements }) => statements.result.get(key))
    if (row === undefined) return null
    const { taskKey, setId, content } = parsed(row)
    const result = taskKey && content ? decodeResult(key, taskKey, content) : null
    if (result === null) this.#database.transact(({ statements }) => statements.removeResult.run(key))
    else this.#use(actionKey, { actionKey: key, taskKey: taskKey!, setId, usedAt: this.#useAt() })
    return result
  }

  put(action: CachedAction): void {
    if (this.#trouble !== undefined) this.flush()
    const actionKey = bytesOf(action.actionKey)
    const taskKey = bytesOf(action.taskKey)
    const content = encodeResult(actionKey, taskKey, action.result)
    this.#actions.delete(action.actionKey)
    const readSet = { paths: [...action.readSet.paths], isBound: action.readSet.isBound }
    this.#actions.set(action.actionKey, { actionKey, taskKey, readSet, content, usedAt: this.#useAt() })
    this.#taskKeys.add(action.taskKey)
    if (this.#actions.size >= waitingMax) this.flush()
    this.#timer.added()
  }

  async remove(actionKeys: Iterable<ActionKey>): Promise<number> {
    this.flush()
    const keys = [...actionKeys].map(bytesOf)
    return this.#database.transact(({ statements }) => {
      let removed = 0
      for (const key of keys) removed += Number(statements.removeResult.run(key).changes)
      return removed
    })
  }

  /** Those whose rows are damaged are left out. */
  async *entries(): AsyncGenerator<StoredAction, void> {
    for await (const { entry } of this.#stored()) if (entry !== null) yield entry
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: number }> {
    let checked = 0
    const damaged: number[] = []
    for await (const { id, entry } of this.#stored()) {
      checked++
      if (entry === null) damaged.push(id)
    }
    this.#database.transact((_, db) => {
      const remove = db.prepare('DELETE FROM results WHERE id = ?')
      for (const id of damaged) remove.run(id)
    })
    return { checked, damaged: damaged.length }
  }

  /** Every row; `null` for one that is damaged. */
  async *#stored(): AsyncGenerator<{ readonly id: number; readonly entry: StoredAction | null }, void> {
    this.flush()
    for (let after = 0; ; ) {
      const rows = this.#database.run((_, db) =>
        db.prepare('SELECT * FROM results WHERE id > ? ORDER BY id LIMIT ?').all(after, batchEntries),
      )
      if (rows.length === 0) return
      const last = Number(rows.at(-1)!.id)
      if (!(last > after)) return
      after = last
      const entries = this.#database.run(({ sets }) => rows.map((row) => entryOf(row, sets)))
      for (const [i, entry] of entries.entries()) yield { id: Number(rows[i]!.id), entry }
      await setImmediate()
    }
  }

  count(amounts: Readonly<Record<string, number>>): void {
    for (const [name, amount] of Object.entries(amounts))
      this.#counters.set(name, (this.#counters.get(name) ?? 0) + amount)
    this.#timer.added()
  }

  async counts(): Promise<ActionCounts> {
    this.flush()
    return this.#database.run(({ statements }, db) => {
      const rows = db.prepare('SELECT name, amount FROM counters ORDER BY name').all()
      const counters = Object.fromEntries(rows.map(({ name, amount }) => [String(name), Number(amount)]))
      return { counters, since: Number(statements.setting.get('counts_since')?.value ?? 0) }
    })
  }

  async removeUnused(since: number): Promise<number> {
    this.flush()
    return removeUnusedActions(this.#database, since * 1000)
  }

  flush(): void {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble !== undefined) throw trouble
    this.#write()
  }

  async close(): Promise<void> {
    try {
      this.flush()
    } finally {
      this.#timer.stop()
      this.#database.close()
    }
  }

  /** In µs, each later than the one before: their order is that of uses. */
  #useAt(): number {
    this.#lastUseAt = Math.max(this.#now() * 1000, this.#lastUseAt + 1)
    return this.#lastUseAt
  }

  #use(key: ActionKey, use: WaitingUse): void {
    this.#uses.set(key, use)
    this.#taskKeys.add(Buffer.from(use.taskKey).toString('hex'))
    this.#timer.added()
  }

  #writeInBackground(): void {
    const isOnlyUses = this.#actions.size === 0
    try {
      this.#write()
    } catch (error) {
      if (!isOnlyUses) this.#trouble = error
    }
  }

  #write(): void {
    this.#timer.stop()
    const [actions, uses, counters] = [this.#actions, this.#uses, this.#counters]
    if (actions.size === 0 && uses.size === 0 && counters.size === 0) return
    this.#actions = new Map()
    this.#uses = new Map()
    this.#counters = new Map()
    this.#taskKeys = new Set()
    this.#database.transact(({ statements, sets }) =>
      sets.write(() => {
        for (const use of uses.values()) writeUse(statements, use)
        for (const action of actions.values()) writeAction(statements, sets, action)
        for (const [name, amount] of counters) statements.count.run(name, amount)
      }),
    )
  }
}

function writeAction(statements: ActionStatements, sets: ReadSetTable, waiting: WaitingAction): void {
  const { actionKey, taskKey, readSet, content, usedAt } = waiting
  const setId = sets.idOf(readSet)
  statements.putResult.run(actionKey, taskKey, setId, usedAt, content)
  statements.putSetId.run(taskKey, setId, usedAt)
  const beyond = statements.setIdBeyond.get(taskKey)
  if (beyond !== undefined) statements.removeSetId.run(taskKey, beyond.set_id!)
}

/** The set that was used last comes first, at once; else a use is written down hardly ever. */
function writeUse(statements: ActionStatements, { actionKey, taskKey, setId, usedAt }: WaitingUse): void {
  statements.useResult.run(usedAt, actionKey, usedAt - useStepUs)
  const first = statements.setIds.get(taskKey)
  if (first !== undefined && first.set_id !== setId) statements.putSetId.run(taskKey, setId, usedAt)
}

type StoredAction = CachedAction & { readonly usedAt: number }

interface ParsedRow {
  readonly taskKey: Uint8Array | undefined
  readonly setId: number
  readonly content: Uint8Array | undefined
}

function parsed({ task_key: taskKey, set_id: setId, content }: Record<string, SQLOutputValue>): ParsedRow {
  return {
    taskKey: taskKey instanceof Uint8Array ? taskKey : undefined,
    setId: Number(setId),
    content: content instanceof Uint8Array ? content : undefined,
  }
}

/** Null for a row that is damaged, or whose read set is. */
function entryOf(row: Record<string, SQLOutputValue>, sets: ReadSetTable): (CachedAction & { usedAt: number }) | null {
  const { taskKey, setId, content } = parsed(row)
  const actionKey = row.action_key
  if (!(actionKey instanceof Uint8Array) || taskKey === undefined || content === undefined) return null
  const result = decodeResult(actionKey, taskKey, content)
  const readSet = sets.get(setId)
  if (result === null || readSet === null) return null
  const usedAt = Math.floor(Number(row.used_at) / 1000)
  return { actionKey: hexOf(actionKey), taskKey: hexOf(taskKey), readSet, result, usedAt }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** The 32 bytes of a key. */
function bytesOf(key: TaskKey | ActionKey): Uint8Array {
  const bytes = Buffer.from(key, 'hex')
  assert(bytes.byteLength === 32 && key.length === 64, `${JSON.stringify(key)} is no key`)
  return bytes
}
