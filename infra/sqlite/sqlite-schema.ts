import type { DatabaseSync } from 'node:sqlite'

/** What the header of a database says about whose it is. */
export interface SchemaIdentity {
  /** PRAGMA application_id: tells our databases from others. */
  readonly applicationId: number
  /** PRAGMA user_version: version of the tables. */
  readonly version: number
}

/** The database is somebody else's, or of another version. The message is one line and says how to mend it. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch'
}

/** Whether the database has the schema; false for an empty one. Throws {@link SchemaMismatch} for any other. */
export function hasSchema(db: DatabaseSync, path: string, schema: SchemaIdentity): boolean {
  const header = db
    .prepare(
      `SELECT user_version AS version, application_id AS applicationId,
        user_version = 0 AND application_id = 0 AND NOT EXISTS (SELECT 1 FROM sqlite_schema) AS isEmpty
      FROM pragma_user_version, pragma_application_id`,
    )
    .get()
  if (header?.applicationId === schema.applicationId && header.version === schema.version) return true
  if (header?.isEmpty === 1) return false
  if (header?.applicationId !== schema.applicationId)
    throw new SchemaMismatch(`${path} is a database of another program; move it away, or choose another directory`)
  throw new SchemaMismatch(
    `${path} has format ${header.version}, this Millrace knows ${schema.version}; update Millrace, or choose another directory`,
  )
}

/** Makes the tables with `statements`, unless another process was faster. */
export function createSchema(db: DatabaseSync, path: string, schema: SchemaIdentity, statements: string): void {
  atomically(db, () => {
    if (hasSchema(db, path, schema)) return
    db.exec(statements)
    db.exec(`PRAGMA application_id = ${schema.applicationId}; PRAGMA user_version = ${schema.version}`)
  })
}

/** Runs `work` as one transaction that holds the write lock from its first read on. */
export function atomically<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
