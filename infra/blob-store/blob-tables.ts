import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Digest } from '../../events/digest.ts'

/** "MRbl" in ASCII. A newer Millrace that changes the tables raises the version. */
export const blobSchema = { applicationId: 0x4d52626c, version: 1 }

/** How a blob is kept (column `form`). */
export const blobForm = {
  /** In the table `contents`. */
  row: 0,
  /** As a file; may be compressed when it was not used for long. */
  file: 1,
  /** As a file that compression makes hardly smaller. */
  plainFile: 2,
  /** As a file, compressed by zstd. */
  zstdFile: 3,
} as const

export type BlobForm = (typeof blobForm)[keyof typeof blobForm]

/** The triggers keep the totals right whoever changes the table. `blobs_to_compress` holds only `blobForm.file`. */
export const blobTables = `
  CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    form INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  );
  CREATE INDEX blobs_by_use ON blobs (used_at);
  CREATE INDEX blobs_to_compress ON blobs (used_at) WHERE form = 1;
  CREATE TABLE contents (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
  CREATE TABLE totals (blobs INTEGER NOT NULL, bytes INTEGER NOT NULL, stored INTEGER NOT NULL);
  INSERT INTO totals VALUES (0, 0, 0);
  CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN
    UPDATE totals SET blobs = blobs + 1, bytes = bytes + new.size, stored = stored + new.stored;
  END;
  CREATE TRIGGER blob_changed AFTER UPDATE OF stored ON blobs BEGIN
    UPDATE totals SET stored = stored + new.stored - old.stored;
  END;
  CREATE TRIGGER blob_removed AFTER DELETE ON blobs BEGIN
    UPDATE totals SET blobs = blobs - 1, bytes = bytes - old.size, stored = stored - old.stored;
    DELETE FROM contents WHERE id = old.id;
  END;
`

export type BlobStatements = ReturnType<typeof prepareBlobStatements>

export function prepareBlobStatements(db: DatabaseSync) {
  return {
    find: db.prepare(`
      SELECT size, form, used_at, content FROM blobs LEFT JOIN contents ON contents.id = blobs.id WHERE hash = ?`),
    findWithoutContent: db.prepare('SELECT size, form, used_at FROM blobs WHERE hash = ?'),
    add: db.prepare(
      'INSERT INTO blobs (hash, size, stored, form, used_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    addContent: db.prepare('INSERT OR REPLACE INTO contents (id, content) VALUES (?, ?)'),
    use: db.prepare('UPDATE blobs SET used_at = ? WHERE hash = ? AND used_at < ?'),
    remove: db.prepare('DELETE FROM blobs WHERE hash = ? RETURNING form'),
    removeId: db.prepare('DELETE FROM blobs WHERE id = ?'),
    setting: db.prepare('SELECT value FROM settings WHERE name = ?'),
    set: db.prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'),
  }
}

/** Undefined for values that were never stored. */
export function digestOfRow({ hash, size }: Record<string, SQLOutputValue>): Digest | undefined {
  if (!(hash instanceof Uint8Array) || hash.byteLength !== 32) return undefined
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined
  return `${Buffer.from(hash).toString('hex')}/${size}`
}
