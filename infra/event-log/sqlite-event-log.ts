import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { atomically } from '../sqlite/sqlite-schema.ts'
import { DamagedRow, isDamage } from '../sqlite/sqlite-trouble.ts'
import { closeDatabase } from '../sqlite/wal-mode.ts'
import { readBatch } from './commit-batch.ts'
import { type AppendResult, type EventLog, EventLogError, type PositionedCommit } from './event-log.ts'
import { SqliteAttachments } from './sqlite-attachments.ts'
import { damageOfWal, openDatabase, translated } from './sqlite-database.ts'

export interface SqliteEventLogOptions {
  /** State directory; made with mode 0700 where it is missing. The log is `millrace.db` in it. */
  readonly directory: string
  /** Refuses to grow the file beyond this size, as if the disk were full. Default: no limit. */
  readonly bytesMax?: number
}

/**
 * Opens the event log of a state directory, and makes it where it is missing. Durability level `process`: what `append`
 * and `attach` returned for survives any crash of ours; a loss of power may take the last of it, in the order stored, and
 * leaves a log that is whole. Any number of processes may have it open. Throws {@link EventLogError}.
 */
export function openSqliteEventLog(options: SqliteEventLogOptions): SqliteEventLog {
  const path = join(options.directory, 'millrace.db')
  const db = openDatabase(path)
  try {
    if (options.bytesMax !== undefined) db.exec(`PRAGMA max_page_count = ${Math.floor(options.bytesMax / 4096)}`)
    return new SqliteEventLog(db, path)
  } catch (error) {
    db.close()
    throw translated(error, path)
  }
}

/** An event log in a SQLite file. Appending and attaching are synchronous: when they return, it is stored. */
export class SqliteEventLog implements EventLog {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #attachments: SqliteAttachments
  readonly #insert: StatementSync
  readonly #selectFrom: StatementSync
  readonly #selectAfter: StatementSync

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
    this.#attachments = new SqliteAttachments(db)
    this.#insert = db.prepare(`
      INSERT INTO commits (build_id, version, body, hash) SELECT ?, ?, ?, ?
      WHERE ? = 1 OR EXISTS (SELECT 1 FROM commits WHERE build_id = ? AND version = ? - 1)
      ON CONFLICT (build_id, version) DO NOTHING`)
    this.#selectFrom = db.prepare(`
      SELECT position, build_id, version, body, hash FROM commits
      WHERE version >= ? AND build_id = ? ORDER BY version`)
    this.#selectAfter = db.prepare(`
      SELECT position, build_id, version, body, hash FROM commits WHERE position >= ? ORDER BY position`)
  }

  append(commit: StoredCommit): AppendResult {
    try {
      const { buildId, version, body, hash } = commit
      // Plain parameters, once for each place: not every Node 24 binds numbered ones by position.
      const { changes } = this.#insert.run(buildId, version, body, hash, version, buildId, version)
      return changes === 1 ? 'appended' : 'conflict'
    } catch (error) {
      throw translated(error, this.#path)
    }
  }

  /** Throws {@link LogDamage} at the first commit that SQLite can't read, after yielding those before it. */
  async *read(buildId: BuildId, fromVersion = 1): AsyncGenerator<StoredCommit, void> {
    let next = fromVersion
    for (;;) {
      const { commits, isLast, error } = readBatch(this.#selectFrom, 'version', next, buildId)
      for (const { version, body, hash } of commits) {
        yield { buildId, version, body, hash }
        next = version + 1
      }
      if (isDamage(error)) throw new LogDamage(buildId, next, 'the database file is damaged')
      if (error !== undefined) throw translated(error, this.#path)
      if (isLast) return
    }
  }

  async *readAfter(position: number): AsyncGenerator<PositionedCommit, void> {
    let next = position + 1
    for (;;) {
      const { commits, isLast, error } = readBatch(this.#selectAfter, 'position', next)
      yield* commits
      if (error !== undefined) throw translated(error, this.#path)
      if (isLast) return
      next = commits.at(-1)!.position + 1
    }
  }

  async position(): Promise<number> {
    const row = this.#guarded(() => this.#db.prepare('SELECT max(position) AS position FROM commits').get())
    return Number(row?.position ?? 0)
  }

  /** One look into the index per build, however many commits it has. */
  async *builds(): AsyncGenerator<{ readonly buildId: BuildId; readonly lastVersion: number }, void> {
    const select = this.#guarded(() =>
      this.#db.prepare(`
        SELECT build_id, version FROM commits WHERE build_id < ? ORDER BY build_id DESC, version DESC LIMIT 1`),
    )
    let before = '~' // behind every build's name
    for (;;) {
      const row = this.#guarded(() => select.get(before))
      if (row === undefined) return
      const { build_id: buildId, version: lastVersion } = row
      if (typeof buildId !== 'string' || typeof lastVersion !== 'number' || buildId >= before)
        throw translated(new DamagedRow(), this.#path)
      yield { buildId, lastVersion }
      before = buildId
    }
  }

  attach(content: Uint8Array): Digest {
    return this.#guarded(() => this.#attachments.add(content))
  }

  hasAttachment(digest: Digest): boolean {
    return this.#guarded(() => this.#attachments.has(digest))
  }

  async attachment(digest: Digest): Promise<Uint8Array> {
    return this.#guarded(() => this.#attachments.get(digest))
  }

  async storageDamage(): Promise<string | undefined> {
    try {
      // Only this short look keeps writers waiting.
      const damagedWal = atomically(this.#db, () => damageOfWal(this.#path))
      if (damagedWal !== undefined) return damagedWal
      const found = this.#db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check
      return found === 'ok' ? undefined : `${this.#path} is damaged: ${String(found).replaceAll('\n', ' ')}`
    } catch (error) {
      if (isDamage(error)) return `${this.#path} is damaged`
      throw translated(error, this.#path)
    }
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#guarded(() => closeDatabase(this.#db, this.#path))
  }

  #guarded<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw translated(error, this.#path)
    }
  }
}
