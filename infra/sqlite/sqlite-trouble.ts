import { SchemaMismatch } from './sqlite-schema.ts'

/** Primary result codes of SQLite. Source: https://www.sqlite.org/rescode.html */
export const sqliteCode = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  auth: 23,
  notADatabase: 26,
} as const

const readOnlyBecauseMoved = 1032 // SQLITE_READONLY_DBMOVED

/** SQLite's extended result code of an error that it raised; 0 for any other error. */
export function sqliteExtendedCode(error: unknown): number {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return 0
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}

/** SQLite's primary result code of an error that it raised; 0 for any other error. */
export function sqlitePrimaryCode(error: unknown): number {
  return sqliteExtendedCode(error) & 0xff
}

/** A row holds values that were never stored, which SQLite itself did not notice. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow'
}

/** Whether the database's content is not what SQLite wrote, or can't be a value that we wrote. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedRow) return true
  const code = sqlitePrimaryCode(error)
  if (code === sqliteCode.corrupt || code === sqliteCode.notADatabase) return true
  // node:sqlite refuses integers that a number can't hold; we never store one.
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

/**
 * What went wrong with a database file and how to mend it, in one line, judged by SQLite's or the system's error code;
 * null for an error that is neither (a mistake in our own code).
 */
export function sqliteTrouble(error: unknown, path: string): string | null {
  if (error instanceof SchemaMismatch) return error.message
  if (isDamage(error))
    return sqlitePrimaryCode(error) === sqliteCode.notADatabase
      ? `${path} is not a SQLite database; move it away, or choose another directory`
      : `${path} is damaged; move it away to begin anew, or restore it from a copy`
  if (sqliteExtendedCode(error) === readOnlyBecauseMoved)
    return `${path} was moved or deleted while it was in use; run again`
  switch (sqlitePrimaryCode(error)) {
    case 0:
      return systemTrouble(error, path)
    case sqliteCode.perm:
    case sqliteCode.auth:
    case sqliteCode.readOnly:
      return `${path} can't be written; give this user write permission to it and its directory`
    case sqliteCode.busy:
    case sqliteCode.locked:
    case sqliteCode.protocol:
      return `${path} is locked by another process; wait for it to end, or stop it, and run again`
    case sqliteCode.full:
      return `no space left to write ${path}; free some space on its file system and run again`
    case sqliteCode.cannotOpen:
      return `${path} can't be opened; check that it is a file that this user may read and write, in a directory it may write`
    case sqliteCode.ioError:
      return `${path} can't be read or written (SQLite error ${sqliteExtendedCode(error)}); check its disk and file system`
    case sqliteCode.noMemory:
      return `not enough memory to work with ${path}; free some memory and run again`
    case sqliteCode.tooBig:
      return `an entry is too large for ${path}: SQLite's limit is 1,000,000,000 bytes; split the build graph`
    default:
      return `${path} can't be used (SQLite error ${sqliteExtendedCode(error)}); move it away, or choose another directory`
  }
}

function systemTrouble(error: unknown, path: string): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `the directory of ${path} can't be made or written; give this user write permission to it`
    case 'EEXIST':
    case 'ENOTDIR':
      return `the directory of ${path} can't be made, a file is in its place; choose another directory`
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left to make the directory of ${path}; free some space on its file system and run again`
    default:
      return `the directory of ${path} can't be made (${error.code}); check the path, or choose another directory`
  }
}
