import { spawnSync } from 'node:child_process'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { ActionCacheError } from '../../../infra/action-cache/action-cache.ts'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { actionOf } from './sample-actions.ts'

const oneLineWith = (text: string) => (message: string) => message.includes(text) && !message.includes('\n')

test('the directory is made for its owner only', async (t) => {
  const directory = join(temporaryDirectory(t), 'a', 'b')
  await openSqliteActionCache({ directory }).close()
  t.is(statSync(directory).mode & 0o777, 0o700)
})

test('a cache of another program or a newer version is refused, with its mend', async (t) => {
  const directory = temporaryDirectory(t)
  await openSqliteActionCache({ directory }).close()
  const change = (sql: string) => {
    const db = new DatabaseSync(join(directory, 'actions.sqlite'))
    db.exec(sql)
    db.close()
  }
  change('PRAGMA user_version = 7')
  t.throws(() => openSqliteActionCache({ directory }), {
    instanceOf: ActionCacheError,
    message: oneLineWith('has format 7, this Millrace knows 1; update Millrace'),
  })
  change('PRAGMA application_id = 7')
  t.throws(() => openSqliteActionCache({ directory }), {
    instanceOf: ActionCacheError,
    message: oneLineWith('is a database of another program'),
  })
})

test('a damaged cache is told once and begun anew, and the next process finds the new one', async (t) => {
  const directory = temporaryDirectory(t)
  const action = actionOf('task')
  const lines: string[] = []
  const onTrouble = (line: string) => lines.push(line)
  writeFileSync(join(directory, 'actions.sqlite'), 'garbage '.repeat(5000))
  const cache = openSqliteActionCache({ directory, onTrouble })
  await cache.put(action)
  await cache.close()
  t.is(lines.length, 1)
  t.regex(lines[0]!, /^action cache: .*actions\.sqlite was damaged and is begun anew; .*$/)
  const later = openSqliteActionCache({ directory, onTrouble })
  t.deepEqual(await later.result(action.actionKey), action.result)
  await later.close()
  t.is(lines.length, 1)
})

test('a cache that is deleted while it is open is no trouble', async (t) => {
  const directory = join(temporaryDirectory(t), 'cache')
  const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  await cache.put(actionOf('task'))
  await cache.flush()
  rmSync(directory, { recursive: true })
  await cache.put(actionOf('other'))
  await t.notThrowsAsync(async () => cache.flush())
  await cache.close()
  const later = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  t.is(await later.result(actionOf('task').actionKey), null)
  await later.close()
})

test('where there is no room left, the cache says so in one line, and what it has can be read', (t) => {
  const directory = temporaryDirectory(t)
  const code = `
    const { openSqliteActionCache } = await import('../../../infra/action-cache/sqlite-action-cache.ts')
    const { actionOf, readSetOf } = await import('./sample-actions.ts')
    const cache = openSqliteActionCache({ directory: ${JSON.stringify(directory)} })
    const first = actionOf('first')
    cache.put(first)
    cache.flush()
    let failed = ''
    try {
      for (let i = 0; i < 10_000; i++) cache.put(actionOf('task ' + i, readSetOf('header ' + i)))
    } catch (error) { failed = error.name + ': ' + error.message }
    const isThere = cache.result(first.actionKey) !== null && cache.readSets(first.taskKey).length === 1
    process.stdout.write(JSON.stringify({ failed, isThere }))`
  // No file may grow beyond 500 blocks of 512 bytes (POSIX, sh: ulimit -f).
  const limited = 'ulimit -f 500; exec "$0" --input-type=module --eval "$1"'
  const { stdout } = spawnSync('/bin/sh', ['-c', limited, process.execPath, code], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  const { failed, isThere } = JSON.parse(stdout) as { failed: string; isThere: boolean }
  t.regex(failed, /^ActionCacheError: action cache: [^\n]+; [^\n]+$/)
  t.true(isThere)
})
