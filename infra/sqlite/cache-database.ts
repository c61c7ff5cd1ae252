import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { atomically, createSchema, hasSchema, type SchemaIdentity } from './sqlite-schema.ts'
import { isDamage, sqliteCode, sqliteExtendedCode, sqlitePrimaryCode, sqliteTrouble } from './sqlite-trouble.ts'
import { closeDatabase, enterWalMode } from './wal-mode.ts'

export interface CacheDatabaseOptions<Statements> {
  /** Made with mode 0700 where it is missing, with a CACHEDIR.TAG. */
  readonly directory: string
  /** `actions`: the database is `actions.sqlite`. */
  readonly name: string
  readonly schema: SchemaIdentity
  /** SQL that makes the tables. */
  readonly tables: string
  prepare(db: DatabaseSync): Statements
  /** The interface's error for trouble that is told in one line. */
  failed(trouble: string, cause: unknown): Error
  /** Is told once, in one line, that the database was damaged and is begun anew. */
  readonly onTrouble?: ((line: string) => void) | undefined
}

/** How long to wait for another process. Its transactions last milliseconds; a checkpoint on a slow disk, seconds. */
const busyTimeoutMs = 10_000

/** Measured with blobs of 1 to 128 KiB: as fast as 16 KiB, and a changed row of the index writes half as much. */
const pageBytes = 8192

/** A longer write-ahead log is cut to this size when it begins anew. */
const walBytesMax = 16 * 1024 * 1024

/**
 * A SQLite database that is a cache: what is in it may be lost. One that turns out to be damaged is put away, and work
 * goes on with an empty one. Any number of processes may have it open, also while that happens.
 */
export class CacheDatabase<Statements> {
  readonly #options: CacheDatabaseOptions<Statements>
  #open: OpenDatabase<Statements>
  #hasToldTrouble = false
  #isClosed = false

  constructor(options: CacheDatabaseOptions<Statements>) {
    this.#options = options
    this.#open = this.#guarded(() => {
      makeCacheDirectory(options.directory)
      return this.#openNewest()
    })
  }

  /**
   * Runs `work`, which must be able to run again: it does, on an empty database, when the one there is damaged. Throws the
   * interface's error.
   */
  run<Result>(work: (statements: Statements, db: DatabaseSync) => Result): Result {
    return this.#guarded(() => {
      // Where beginning anew failed, as for want of space.
      if (!this.#open.db.isOpen && !this.#isClosed) this.#open = this.#openNewest()
      try {
        return work(this.#open.statements, this.#open.db)
      } catch (error) {
        if (!isDamageOfCache(error)) throw error
        this.beginAnew()
        return work(this.#open.statements, this.#open.db)
      }
    })
  }

  /** As {@link run}, in one transaction. */
  transact<Result>(work: (statements: Statements, db: DatabaseSync) => Result): Result {
    return this.run((statements, db) => atomically(db, () => work(statements, db)))
  }

  /** Puts the database away as damaged. */
  beginAnew(): void {
    const { number } = this.#open
    closeQuietly(this.#open.db)
    this.#tellDamage(number)
    this.#open = this.#openNumber(Math.max(number + 1, this.#newestNumber()))
    this.#removeOlder()
  }

  close(): void {
    this.#isClosed = true
    const { db, number } = this.#open
    if (db.isOpen) this.#guarded(() => closeDatabase(db, this.#pathOf(number)))
  }

  get path(): string {
    return this.#pathOf(this.#open.number)
  }

  #openNewest(): OpenDatabase<Statements> {
    const number = this.#newestNumber()
    try {
      return this.#openNumber(number)
    } catch (error) {
      if (!isDamageOfCache(error)) throw error
      this.#tellDamage(number)
      const open = this.#openNumber(number + 1)
      this.#removeOlder()
      return open
    }
  }

  #openNumber(number: number): OpenDatabase<Statements> {
    const { schema, tables, prepare } = this.#options
    const path = this.#pathOf(number)
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      db.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${walBytesMax}`)
      if (!hasSchema(db, path, schema)) {
        db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`)
        enterWalMode(db, path, busyTimeoutMs)
        createSchema(db, path, schema, tables)
      }
      return { db, number, statements: prepare(db) }
    } catch (error) {
      closeQuietly(db)
      throw error
    }
  }

  #pathOf(number: number): string {
    const { directory, name } = this.#options
    return join(directory, number === 1 ? `${name}.sqlite` : `${name}-${number}.sqlite`)
  }

  #newestNumber(): number {
    return Math.max(1, ...this.#files().map(({ number }) => number))
  }

  #removeOlder(): void {
    const newest = this.#newestNumber()
    for (const { path, number } of this.#files()) if (number < newest) rmSync(path, { force: true })
  }

  /** The databases and what SQLite keeps beside them. */
  #files(): { readonly path: string; readonly number: number }[] {
    const { directory, name } = this.#options
    const pattern = new RegExp(`^${name}(?:-(\\d{1,9}))?\\.sqlite(?:-wal|-shm|-journal)?$`)
    return readdirSync(directory).flatMap((file) => {
      const match = pattern.exec(file)
      return match === null ? [] : [{ path: join(directory, file), number: Number(match[1] ?? 1) }]
    })
  }

  #tellDamage(number: number): void {
    if (this.#hasToldTrouble) return
    this.#hasToldTrouble = true
    this.#options.onTrouble?.(
      `${this.#pathOf(number)} was damaged and is begun anew; what was in it will be made again`,
    )
  }

  #guarded<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      const trouble = sqliteTrouble(error, this.#pathOf(this.#open?.number ?? 1))
      throw trouble === null ? error : this.#options.failed(trouble, error)
    }
  }
}

interface OpenDatabase<Statements> {
  readonly db: DatabaseSync
  readonly number: number
  readonly statements: Statements
}

const cacheDirectoryTag = `Signature: 8a477f597d28d172789f06886806bc55
# Results of builds, kept by millrace. All that is here may be deleted.
# See https://bford.info/cachedir/
`

/** Makes a directory of what can be made again, which programs for backup leave out. Source: https://bford.info/cachedir/ */
function makeCacheDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'CACHEDIR.TAG')
  if (existsSync(path)) return
  try {
    writeFileSync(path, cacheDirectoryTag)
  } catch {
    // Where nothing can be written, the database tells it.
  }
}

/** Beyond what SQLite calls damage: our own statements, which can't fail like this unless the tables changed. */
function isDamageOfCache(error: unknown): boolean {
  if (isDamage(error) || sqliteExtendedCode(error) === shortRead) return true
  return ([sqliteCode.error, sqliteCode.constraint, sqliteCode.mismatch] as number[]).includes(sqlitePrimaryCode(error))
}

const shortRead = 522 // SQLITE_IOERR_SHORT_READ

function closeQuietly(db: DatabaseSync): void {
  try {
    if (db.isOpen) db.close()
  } catch {
    // A damaged database that can't be closed well is not used any more.
  }
}
