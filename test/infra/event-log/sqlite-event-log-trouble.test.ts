import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { EventLogError } from '../../../infra/event-log/event-log.ts'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { sqliteTrouble } from '../../../infra/sqlite/sqlite-trouble.ts'
import { all, buildA, chain } from './sample-commits.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const oneLineWith = (text: string) => (message: string) => message.includes(text) && !message.includes('\n')

test('the directory is made for its owner only', async (t) => {
  const directory = join(temporaryDirectory(t), 'a', 'b')
  await openSqliteEventLog({ directory }).close()
  t.is(statSync(directory).mode & 0o777, 0o700)
})

test('a file that is no database is refused and left as it is', (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'millrace.db')
  const text = 'not a database, but long enough to have a header of one hundred bytes '.repeat(100)
  writeFileSync(path, text)
  t.throws(() => openSqliteEventLog({ directory }), {
    instanceOf: EventLogError,
    message: oneLineWith(`${path} is not a SQLite database; move it away`),
  })
  t.is(readFileSync(path, 'utf8'), text)
})

test('a database of another program is refused', (t) => {
  const directory = temporaryDirectory(t)
  const db = new DatabaseSync(join(directory, 'millrace.db'))
  db.exec('CREATE TABLE songs (title TEXT)')
  db.close()
  t.throws(() => openSqliteEventLog({ directory }), {
    instanceOf: EventLogError,
    message: oneLineWith('is a database of another program'),
  })
})

test('a log of a newer version is refused', async (t) => {
  const directory = temporaryDirectory(t)
  await openSqliteEventLog({ directory }).close()
  const db = new DatabaseSync(join(directory, 'millrace.db'))
  db.exec('PRAGMA user_version = 7')
  db.close()
  t.throws(() => openSqliteEventLog({ directory }), {
    instanceOf: EventLogError,
    message: oneLineWith('has format 7, this Millrace knows 1; update Millrace'),
  })
})

test('a directory that is a file is refused', (t) => {
  const directory = join(temporaryDirectory(t), 'state')
  writeFileSync(directory, '')
  t.throws(() => openSqliteEventLog({ directory }), {
    instanceOf: EventLogError,
    message: oneLineWith('a file is in its'),
  })
})

test('a database path that is a directory is refused', (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'millrace.db'))
  t.throws(() => openSqliteEventLog({ directory }), {
    instanceOf: EventLogError,
    message: oneLineWith("can't be opened"),
  })
})

test('a user who may not write the log is told so', async (t) => {
  const directory = join(temporaryDirectory(t), 'state')
  const log = openSqliteEventLog({ directory })
  for (const commit of chain(buildA, 3)) log.append(commit)
  await log.close()
  chmodSync(join(directory, '..'), 0o755)
  for (const file of readdirSync(directory)) chmodSync(join(directory, file), 0o444)
  chmodSync(directory, 0o555)
  t.teardown(() => chmodSync(directory, 0o755))
  const asRoot = process.getuid!() === 0
  // Nobody may write here, but root may: it takes another user's place.
  const code = `
    const { openSqliteEventLog } = await import('../../../infra/event-log/sqlite-event-log.ts')
    const { chain, buildA } = await import('./sample-commits.ts')
    if (${asRoot}) { process.setgid(65534); process.setuid(65534) }
    try { openSqliteEventLog({ directory: ${JSON.stringify(directory)} }).append(chain(buildA, 4)[3]) }
    catch (error) { process.stdout.write(error.name + ': ' + error.message) }`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  t.regex(stdout, /^EventLogError: event log: .*millrace\.db can't be (written|opened); .*$/)
})

test('a full disk is an error that names the mend, and what is stored stays', async (t) => {
  const directory = temporaryDirectory(t)
  const log = openSqliteEventLog({ directory, bytesMax: 200_000 })
  const commits = chain(buildA, 1000)
  let stored = 0
  t.throws(
    () => {
      for (const commit of commits) if (log.append(commit) === 'appended') stored++
    },
    { instanceOf: EventLogError, message: oneLineWith('no space left to write') },
  )
  t.true(stored > 100)
  t.throws(() => log.attach(randomBytes(500_000)), { instanceOf: EventLogError })
  t.deepEqual(await all(log.read(buildA)), commits.slice(0, stored))
  await log.close()
  const larger = openSqliteEventLog({ directory })
  for (const commit of commits.slice(stored)) t.is(larger.append(commit), 'appended')
  t.deepEqual(await all(larger.read(buildA)), commits)
  await larger.close()
})

test('trouble is told by code, whatever the message says', (t) => {
  const raised = (errcode: number) => Object.assign(new Error('?'), { code: 'ERR_SQLITE_ERROR', errcode })
  const system = (code: string) => Object.assign(new Error('?'), { code, syscall: 'mkdir' })
  const told = (error: unknown) => sqliteTrouble(error, 'x.db') ?? 'none'
  t.regex(told(raised(5)), /locked by another process/)
  t.regex(told(raised(261)), /locked by another process/) // SQLITE_BUSY_RECOVERY
  t.regex(told(raised(8)), /can't be written/)
  t.regex(told(raised(1032)), /moved or deleted/) // SQLITE_READONLY_DBMOVED
  t.regex(told(raised(11)), /damaged/)
  t.regex(told(raised(13)), /no space left/)
  t.regex(told(raised(266)), /SQLite error 266/) // SQLITE_IOERR_READ
  t.regex(told(system('EROFS')), /can't be made or written/)
  t.regex(told(system('ENOSPC')), /no space left/)
  t.is(told(new TypeError('a mistake of ours')), 'none')
})

test('closing leaves a small write-ahead log in place and empties a large one', async (t) => {
  const directory = temporaryDirectory(t)
  const wal = join(directory, 'millrace.db-wal')
  const small = openSqliteEventLog({ directory })
  const commits = chain(buildA, 500, 'z'.repeat(2000))
  for (const commit of commits.slice(0, 10)) small.append(commit)
  await small.close()
  t.true(statSync(wal).size > 0)
  const large = openSqliteEventLog({ directory })
  for (const commit of commits.slice(10)) large.append(commit)
  await large.close()
  t.is(statSync(wal, { throwIfNoEntry: false }), undefined)
  const again = openSqliteEventLog({ directory })
  t.deepEqual(await all(again.read(buildA)), commits)
  await again.close()
})
