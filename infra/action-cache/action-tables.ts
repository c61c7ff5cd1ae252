import type { DatabaseSync } from 'node:sqlite'

/** "MRac" in ASCII. A newer Millrace that changes the tables raises the version. */
export const actionSchema = { applicationId: 0x4d526163, version: 1 }

/**
 * Times are in µs since 1970, each later than the one before it of the same process. `AUTOINCREMENT`: the number of a path
 * or a set that is gone never means another one.
 */
export const actionTables = (nowMs: number) => `
  CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    action_key BLOB NOT NULL UNIQUE,
    task_key BLOB NOT NULL,
    set_id INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    content BLOB NOT NULL
  );
  CREATE INDEX results_by_set ON results (task_key, set_id);
  CREATE INDEX results_by_use ON results (used_at);
  CREATE TABLE read_sets (
    task_key BLOB NOT NULL,
    set_id INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (task_key, set_id)
  ) WITHOUT ROWID;
  CREATE TABLE sets (id INTEGER PRIMARY KEY AUTOINCREMENT, content BLOB NOT NULL, content_hash BLOB NOT NULL UNIQUE);
  CREATE TABLE paths (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL);
  CREATE TABLE counters (name TEXT PRIMARY KEY, amount INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO settings VALUES ('counts_since', ${Math.floor(nowMs)});
  INSERT INTO settings VALUES ('paths_removed', 0);
`

/** Read sets that are kept for one task key: each costs a look at all of its files. */
const readSetsMax = 16

export type ActionStatements = ReturnType<typeof prepareActionStatements>

export function prepareActionStatements(db: DatabaseSync) {
  return {
    result: db.prepare('SELECT task_key, set_id, used_at, content FROM results WHERE action_key = ?'),
    putResult: db.prepare(`
      INSERT INTO results (action_key, task_key, set_id, used_at, content) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (action_key) DO UPDATE SET
        task_key = excluded.task_key, set_id = excluded.set_id, used_at = excluded.used_at, content = excluded.content`),
    useResult: db.prepare('UPDATE results SET used_at = ? WHERE action_key = ? AND used_at < ?'),
    removeResult: db.prepare('DELETE FROM results WHERE action_key = ?'),
    setIds: db.prepare('SELECT set_id, used_at FROM read_sets WHERE task_key = ? ORDER BY used_at DESC'),
    putSetId: db.prepare(`
      INSERT INTO read_sets (task_key, set_id, used_at) VALUES (?, ?, ?)
      ON CONFLICT (task_key, set_id) DO UPDATE SET used_at = excluded.used_at`),
    setIdBeyond: db.prepare(`
      SELECT set_id FROM read_sets WHERE task_key = ? ORDER BY used_at DESC LIMIT 1 OFFSET ${readSetsMax}`),
    removeSetId: db.prepare('DELETE FROM read_sets WHERE task_key = ? AND set_id = ?'),
    set: db.prepare('SELECT content, content_hash FROM sets WHERE id = ?'),
    setOfHash: db.prepare('SELECT id, content FROM sets WHERE content_hash = ?'),
    addSet: db.prepare('INSERT INTO sets (content, content_hash) VALUES (?, ?)'),
    removeSet: db.prepare('DELETE FROM sets WHERE id = ?'),
    paths: db.prepare('SELECT id, path, checksum FROM paths WHERE id BETWEEN ? AND ?'),
    pathId: db.prepare('SELECT id FROM paths WHERE path = ?'),
    addPath: db.prepare('INSERT INTO paths (path, checksum) VALUES (?, 0)'),
    checkPath: db.prepare('UPDATE paths SET checksum = ? WHERE id = ?'),
    removePath: db.prepare('DELETE FROM paths WHERE id = ?'),
    setting: db.prepare('SELECT value FROM settings WHERE name = ?'),
    count: db.prepare(`
      INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount`),
  }
}
