import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { atomically, createSchema, hasSchema } from '../sqlite/sqlite-schema.ts'
import { sqliteCode, sqlitePrimaryCode, sqliteTrouble } from '../sqlite/sqlite-trouble.ts'
import { EventLogError } from './event-log.ts'
import { walDamage } from './wal-damage.ts'

/** "MRlg" in ASCII. A newer Millrace that changes the tables raises the version and migrates. */
const schema = { applicationId: 0x4d526c67, version: 1 }

const tables = `
  CREATE TABLE commits (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    build_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (build_id, version)
  );
  CREATE TABLE attachments (digest TEXT PRIMARY KEY, codec INTEGER NOT NULL, bytes BLOB NOT NULL);
`

/** How long to wait for another process. Its transactions last milliseconds; a checkpoint on a slow disk, seconds. */
const busyTimeoutMs = 10_000

/**
 * A write-ahead log below this size is left where it is at close: moving it into the database costs two to three disk
 * flushes (3 ms on a virtual disk), reading it at the next open 1 ms per 4 MiB.
 */
const keptWalBytesMax = 1024 * 1024

/**
 * Opens the database file, and makes it, its tables and its directory (mode 0700) where they are missing. Safe when other
 * processes do the same at once. Throws {@link EventLogError}.
 */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    db.exec('PRAGMA synchronous = NORMAL')
    if (!hasSchema(db, path, schema)) {
      enterWalMode(db, path)
      assertTrulyEmpty(db, path)
      createSchema(db, path, schema, tables)
    }
    return db
  } catch (error) {
    // What is there stays as it is, a write-ahead log that SQLite takes for empty too.
    if (db !== undefined) closeDatabase(db, path, Number.POSITIVE_INFINITY)
    throw translated(error, path)
  }
}

/** Closes the database, cheaply where little was written: see {@link openWalKeeper}. */
export function closeDatabase(db: DatabaseSync, path: string, walBytesMax = keptWalBytesMax): void {
  const keeper = openWalKeeper(path, walBytesMax)
  db.close()
  keeper?.close()
}

/** What is wrong with the write-ahead log of a database, in one line. Nobody may write to the database meanwhile. */
export function damageOfWal(path: string): string | undefined {
  const walPath = `${path}-wal`
  if ((statSync(walPath, { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined
  const frame = walDamage(readFileSync(walPath))
  if (frame === null) return undefined
  return `${walPath} is damaged at ${frame === 0 ? 'its header' : `frame ${frame}`}, and what was stored behind that is lost`
}

/** A damaged write-ahead log hides tables that are in it: making new ones would overwrite what is left. */
function assertTrulyEmpty(db: DatabaseSync, path: string): void {
  atomically(db, () => {
    const damage = hasSchema(db, path, schema) ? undefined : damageOfWal(path)
    if (damage !== undefined)
      throw new EventLogError(`event log: ${damage}; move both files away to begin anew, or restore them from a copy`)
  })
}

/** An {@link EventLogError} for an error of SQLite or the file system; any other error as it is. */
export function translated(error: unknown, path: string): unknown {
  const trouble = sqliteTrouble(error, path)
  return trouble === null ? error : new EventLogError(`event log: ${trouble}`, { cause: error })
}

/** The switch upgrades a read lock, for which SQLite does not wait by itself: whoever meets another one tries again. */
function enterWalMode(db: DatabaseSync, path: string): void {
  const deadline = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
      if (mode === 'wal') return
      throw new EventLogError(
        `event log: ${path} is on a file system without shared memory; choose a state directory on a local disk`,
      )
    } catch (error) {
      if (sqlitePrimaryCode(error) !== sqliteCode.busy || performance.now() > deadline) throw error
      pause(2)
    }
  }
}

/** Blocks this thread. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/**
 * The last connection to close moves the write-ahead log into the database and deletes it, unless that connection may
 * only read. Such a one is opened here, to be closed last. Null where the log is empty or large.
 */
function openWalKeeper(path: string, walBytesMax: number): DatabaseSync | null {
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (walBytes === 0 || walBytes > walBytesMax) return null
  let keeper: DatabaseSync | undefined
  try {
    keeper = new DatabaseSync(path, { readOnly: true })
    keeper.prepare('PRAGMA user_version').get() // joins the write-ahead log
    return keeper
  } catch {
    keeper?.close()
    return null
  }
}
