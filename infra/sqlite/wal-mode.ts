import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SchemaMismatch } from './sqlite-schema.ts'
import { sqliteCode, sqlitePrimaryCode } from './sqlite-trouble.ts'

/**
 * A write-ahead log below this size is left where it is at close: moving it into the database costs two to three disk
 * flushes (3 ms on a virtual disk), reading it at the next open 1 ms per 4 MiB.
 */
const keptWalBytesMax = 1024 * 1024

/**
 * Switches a database to a write-ahead log. The switch upgrades a read lock, for which SQLite does not wait by itself:
 * whoever meets another one tries again. Throws {@link SchemaMismatch} where the file system can't do it.
 */
export function enterWalMode(db: DatabaseSync, path: string, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
      if (mode === 'wal') return
      throw new SchemaMismatch(
        `${path} is on a file system without shared memory; choose another directory, on a local disk`,
      )
    } catch (error) {
      if (sqlitePrimaryCode(error) !== sqliteCode.busy || performance.now() > deadline) throw error
      pause(2)
    }
  }
}

/** Closes a database, cheaply where little was written: see {@link openWalKeeper}. */
export function closeDatabase(db: DatabaseSync, path: string, walBytesMax = keptWalBytesMax): void {
  const keeper = openWalKeeper(path, walBytesMax)
  db.close()
  keeper?.close()
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
