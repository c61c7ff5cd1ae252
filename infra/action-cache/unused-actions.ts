import { setImmediate } from 'node:timers/promises'
import type { CacheDatabase } from '../sqlite/cache-database.ts'
import { decodeNumbers } from './read-set-table.ts'

/** Rows that are removed in one transaction, so that other processes wait some milliseconds at most. */
const batchRows = 1000

/** Paths are looked through when so many sets went since: it means reading all that are left. */
const setsBetweenPathScans = 1000

/** Free pages of the database that are given back in one go: 20 ms. */
const vacuumPagesMax = 4096

/** Removes results that were not used since then (µs since 1970), and what only they needed. Returns how many results. */
export async function removeUnusedActions<Statements>(
  database: CacheDatabase<Statements>,
  since: number,
): Promise<number> {
  let removed = 0
  for (;;) {
    const batch = database.transact((_, db) =>
      Number(
        db
          .prepare(
            'DELETE FROM results WHERE id IN (SELECT id FROM results WHERE used_at < ? ORDER BY used_at LIMIT ?)',
          )
          .run(since, batchRows).changes,
      ),
    )
    removed += batch
    if (batch < batchRows) break
    await setImmediate()
  }
  // By the first byte of their keys: each a 256th of them.
  for (let byte = 0; byte < 256; byte++) {
    removeIdleReadSets(database, Buffer.of(byte))
    if (byte % 16 === 15) await setImmediate()
  }
  const removedSets = removeIdleSets(database)
  if (removedSets >= setsBetweenPathScans) removeIdlePaths(database)
  database.run((_, db) => db.exec(`PRAGMA incremental_vacuum(${vacuumPagesMax})`))
  return removed
}

function removeIdleReadSets<Statements>(database: CacheDatabase<Statements>, prefix: Buffer): void {
  database.transact((_, db) =>
    db
      .prepare(`
        DELETE FROM read_sets WHERE task_key BETWEEN ? AND ? AND NOT EXISTS (
          SELECT 1 FROM results WHERE results.task_key = read_sets.task_key AND results.set_id = read_sets.set_id)`)
      .run(prefix, Buffer.concat([prefix, Buffer.alloc(32, 0xff)])),
  )
}

function removeIdleSets<Statements>(database: CacheDatabase<Statements>): number {
  return database.transact((_, db) =>
    Number(
      db
        .prepare('DELETE FROM sets WHERE id NOT IN (SELECT set_id FROM results UNION SELECT set_id FROM read_sets)')
        .run().changes,
    ),
  )
}

/** `paths_removed` tells every process to forget the numbers that it knows. */
function removeIdlePaths<Statements>(database: CacheDatabase<Statements>): void {
  database.transact((_, db) => {
    const used = new Set<number>()
    for (const { content } of db.prepare('SELECT content FROM sets').iterate())
      if (content instanceof Uint8Array) for (const number of decodeNumbers(content)) used.add(number)
    const remove = db.prepare('DELETE FROM paths WHERE id = ?')
    for (const { id } of db.prepare('SELECT id FROM paths').all())
      if (typeof id === 'number' && !used.has(id)) remove.run(id)
    db.exec("UPDATE settings SET value = value + 1 WHERE name = 'paths_removed'")
  })
}
