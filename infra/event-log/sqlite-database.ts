import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { atomically, createSchema, hasSchema } from '../sqlite/sqlite-schema.ts'
import { sqliteTrouble } from '../sqlite/sqlite-trouble.ts'
import { closeDatabase, enterWalMode } from '../sqlite/wal-mode.ts'
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
      enterWalMode(db, path, busyTimeoutMs)
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
