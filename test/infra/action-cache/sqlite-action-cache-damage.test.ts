import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import fc from 'fast-check'
import { type ActionCache, ActionCacheError } from '../../../infra/action-cache/action-cache.ts'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { damageArbitrary, filesIn, inflict, restore } from '../blob-store/file-damage.ts'
import { all } from '../event-log/sample-commits.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { actionOf, readSetOf } from './sample-actions.ts'

const actions = Array.from({ length: 200 }, (_, i) =>
  actionOf(`task ${i >> 1}`, readSetOf(`$src/include/header-${i % 50}.hpp`, `$src/header-${i}.hpp`, `$src/${i >> 3}`)),
)

async function fill(directory: string): Promise<void> {
  const cache = openSqliteActionCache({ directory })
  for (const action of actions) await cache.put(action)
  await cache.close()
}

/** Undefined when it is refused, as a database of a newer version is. */
function openOrRefuse(directory: string, onTrouble: (line: string) => void): ActionCache | undefined {
  try {
    return openSqliteActionCache({ directory, onTrouble })
  } catch (error) {
    if (error instanceof ActionCacheError && !error.message.includes('\n')) return undefined
    throw error
  }
}

test('whatever happens to a file of the cache, no other result is given, and it can be used further', async (t) => {
  const [origin, directory] = [join(temporaryDirectory(t), 'origin'), join(temporaryDirectory(t), 'cache')]
  await fill(origin)
  // All in the database itself, so that what happens to it counts.
  const db = new DatabaseSync(join(origin, 'actions.sqlite'))
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const outcomes = { whole: 0, fewer: 0, anew: 0, refused: 0 }
  const property = fc.asyncProperty(fc.constantFrom(...filesIn(origin)), damageArbitrary, async (path, damage) => {
    restore(origin, directory)
    inflict(path.replace(origin, directory), damage)
    const lines: string[] = []
    const cache = openOrRefuse(directory, (line) => lines.push(line))
    if (cache === undefined) {
      outcomes.refused++
      return
    }
    let found = 0
    for (const { actionKey, taskKey, result, readSet } of actions) {
      const given = await cache.result(actionKey)
      const sets = (await cache.readSets(taskKey)).map((set) => JSON.stringify(set))
      if (given !== null && sets.includes(JSON.stringify(readSet))) found++
      if (given !== null && JSON.stringify(given) !== JSON.stringify(result)) throw new Error('another result')
    }
    for (const { actionKey, result } of await all(cache.entries())) {
      const expected = actions.find((action) => action.actionKey === actionKey)?.result
      if (JSON.stringify(result) !== JSON.stringify(expected)) throw new Error('another entry')
    }
    await cache.counts()
    await cache.removeUnused(0)
    for (const action of actions) await cache.put(action)
    await cache.close()
    const again = openSqliteActionCache({ directory, onTrouble: (line) => lines.push(line) })
    for (const { actionKey, taskKey, readSet } of actions) {
      if ((await again.result(actionKey)) === null) throw new Error('a result can not be kept')
      const sets = (await again.readSets(taskKey)).map((set) => JSON.stringify(set))
      if (!sets.includes(JSON.stringify(readSet))) throw new Error('a read set can not be kept')
    }
    await again.close()
    if (lines.length > 1 || lines.some((line) => line.includes('\n'))) throw new Error(lines.join('\n'))
    outcomes[lines.length > 0 ? 'anew' : found === actions.length ? 'whole' : 'fewer']++
  })
  await fc.assert(property, { numRuns: 60, includeErrorInReport: true })
  t.log(JSON.stringify(outcomes))
  t.true(outcomes.anew > 0 && outcomes.fewer > 0)
})

test('results that are damaged are counted and removed, and the others stay', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const db = new DatabaseSync(join(directory, 'actions.sqlite'))
  db.exec('UPDATE results SET content = (SELECT content FROM results WHERE id = 2) WHERE id IN (1, 3)')
  db.close()
  const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  t.deepEqual(await cache.verify(), { checked: actions.length, damaged: 2 })
  t.deepEqual(await cache.verify(), { checked: actions.length - 2, damaged: 0 })
  t.deepEqual(await cache.result(actions[1]!.actionKey), actions[1]!.result)
  await cache.close()
})

test('a result under another action, or of another task, is none', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const db = new DatabaseSync(join(directory, 'actions.sqlite'))
  db.exec(`
    UPDATE results SET content = (SELECT content FROM results WHERE id = 2) WHERE id = 1;
    UPDATE results SET task_key = (SELECT task_key FROM results WHERE id = 9) WHERE id = 3`)
  db.close()
  const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  t.is(await cache.result(actions[0]!.actionKey), null)
  t.deepEqual(await cache.result(actions[1]!.actionKey), actions[1]!.result)
  t.is(await cache.result(actions[2]!.actionKey), null)
  t.is((await all(cache.entries())).length, actions.length - 2)
  await cache.close()
})

test('a read set with a path or number changed is none, and can be kept again', async (t) => {
  const directory = temporaryDirectory(t)
  await fill(directory)
  const db = new DatabaseSync(join(directory, 'actions.sqlite'))
  db.exec(`
    UPDATE paths SET path = 'other' WHERE path = '$src/header-0.hpp';
    UPDATE sets SET content = zeroblob(3) WHERE id = (SELECT set_id FROM results WHERE id = 3)`)
  db.close()
  const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  const [first, second, third, fourth] = actions
  t.deepEqual(await cache.readSets(first!.taskKey), [second!.readSet])
  t.deepEqual(await cache.readSets(third!.taskKey), [fourth!.readSet])
  await cache.put(first!)
  await cache.put(third!)
  t.deepEqual(await cache.readSets(first!.taskKey), [first!.readSet, second!.readSet])
  t.deepEqual(await cache.readSets(third!.taskKey), [third!.readSet, fourth!.readSet])
  await cache.close()
})
