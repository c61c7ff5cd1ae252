import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { atomically, createSchema, hasSchema } from '../sqlite/sqlite-schema.ts'
import { DamagedRow, isDamage, sqliteCode, sqlitePrimaryCode, sqliteTrouble } from '../sqlite/sqlite-trouble.ts'
import { isHolderAlive } from './lease-process.ts'
import type { Acquired, HeldByOther, KnownLease, LeaseHolder, LeaseProcess, LeaseStore } from './lease-store.ts'
import { LeaseStoreError } from './lease-store-error.ts'

/** "MRle" in ASCII. */
const schema = { applicationId: 0x4d526c65, version: 1 }

const tables = 'CREATE TABLE leases (key TEXT PRIMARY KEY, holder TEXT NOT NULL) WITHOUT ROWID'

/** How long to wait for another process; transactions here last well under a millisecond. */
const busyTimeoutMs = 10_000

/**
 * Opens the leases of a state directory (`leases.db` in it), and makes them where they are missing. Any number of
 * processes may do so at once. A holder is gone when no process of this host has its pid and start time; a holder on
 * another host never is. Throws {@link LeaseStoreError}.
 */
export function openSqliteLeaseStore(options: { readonly directory: string }): LeaseStore {
  const path = join(options.directory, 'leases.db')
  let db: DatabaseSync | undefined
  try {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 })
    db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    // No disk flush: a loss of power ends every holder on this host anyway. See README, Decisions.
    db.exec('PRAGMA synchronous = OFF')
    if (!hasSchema(db, path, schema)) createSchema(db, path, schema, tables)
    return new SqliteLeaseStore(db, path)
  } catch (error) {
    db?.close()
    throw translated(error, path)
  }
}

function translated(error: unknown, path: string): unknown {
  if (isDamage(error) && sqlitePrimaryCode(error) !== sqliteCode.notADatabase)
    return new LeaseStoreError(`leases: ${path} is damaged; delete it while no build runs`, { cause: error })
  const trouble = sqliteTrouble(error, path)
  return trouble === null ? error : new LeaseStoreError(`leases: ${trouble}`, { cause: error })
}

class SqliteLeaseStore implements LeaseStore {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #select: StatementSync
  readonly #selectAll: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
    this.#select = db.prepare('SELECT holder FROM leases WHERE key = ?')
    this.#selectAll = db.prepare('SELECT key, holder FROM leases ORDER BY key')
    this.#put = db.prepare('INSERT INTO leases VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET holder = excluded.holder')
    this.#delete = db.prepare('DELETE FROM leases WHERE key = ?')
  }

  async acquire(key: string, holder: LeaseHolder): Promise<Acquired | HeldByOther> {
    return this.#atomically((): Acquired | HeldByOther => {
      const by = this.#holderOf(key)
      if (by !== undefined && isHolderAlive(by.process)) return { state: 'held', by }
      this.#put.run(key, JSON.stringify(by === undefined ? holder : { ...holder, note: by.note }))
      return by === undefined ? { state: 'acquired' } : { state: 'acquired', previous: by }
    })
  }

  async update(key: string, holder: LeaseHolder): Promise<void> {
    this.#atomically(() => {
      if (!this.#isHeldBy(key, holder.process)) throw new LeaseStoreError(`lease ${key} is no longer held`)
      this.#put.run(key, JSON.stringify(holder))
    })
  }

  async release(key: string, holder: LeaseHolder): Promise<void> {
    this.#atomically(() => {
      if (this.#isHeldBy(key, holder.process)) this.#delete.run(key)
    })
  }

  async list(): Promise<readonly KnownLease[]> {
    return this.#atomically(() =>
      this.#selectAll.all().map((row) => {
        const holder = parseHolder(String(row.holder))
        return { key: String(row.key), holder, isAlive: isHolderAlive(holder.process) }
      }),
    )
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close()
  }

  #holderOf(key: string): LeaseHolder | undefined {
    const row = this.#select.get(key)
    return row === undefined ? undefined : parseHolder(String(row.holder))
  }

  #isHeldBy(key: string, process: LeaseProcess): boolean {
    return isDeepStrictEqual(this.#holderOf(key)?.process, process)
  }

  #atomically<Result>(work: () => Result): Result {
    try {
      return atomically(this.#db, work)
    } catch (error) {
      throw translated(error, this.#path)
    }
  }
}

/** Throws {@link DamagedRow} for text that is not what was stored. */
function parseHolder(text: string): LeaseHolder {
  try {
    return JSON.parse(text) as LeaseHolder
  } catch {
    throw new DamagedRow()
  }
}
