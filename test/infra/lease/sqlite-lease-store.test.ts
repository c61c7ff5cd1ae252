import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { leaseProcess } from '../../../infra/lease/lease-process.ts'
import type { LeaseProcess } from '../../../infra/lease/lease-store.ts'
import { LeaseStoreError } from '../../../infra/lease/lease-store-error.ts'
import { openSqliteLeaseStore } from '../../../infra/lease/sqlite-lease-store.ts'
import { abandonInItsName, leaseStoreConformance } from '../../conformance/lease-store.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

leaseStoreConformance('SQLite', async (t) => {
  const directory = temporaryDirectory(t)
  return {
    open: () => openSqliteLeaseStore({ directory }),
    running: [leaseProcess(process.pid)!, leaseProcess(process.ppid)!],
    ended: await endedProcess(),
    abandon: abandonInItsName,
  }
})

async function endedProcess(): Promise<LeaseProcess> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const identity = leaseProcess(child.pid!)!
  child.kill('SIGKILL')
  await once(child, 'exit')
  return identity
}

test('of many processes that want a lease at once, one gets it; when that one is killed, one other', async (t) => {
  const directory = temporaryDirectory(t)
  const script = join(import.meta.dirname, 'lease-contender.ts')
  const contenders = Array.from({ length: 6 }, () => fork(script, [directory]))
  t.teardown(() => contenders.map((child) => child.kill('SIGKILL')))
  let waiting = contenders
  await Promise.all(waiting.map((child) => once(child, 'message')))
  for (let round = 0; round < 3; round++) {
    const answers = waiting.map((child) => once(child, 'message'))
    for (const child of waiting) child.send('acquire')
    const states = (await Promise.all(answers)).map(([state]) => state as string)
    t.is(states.filter((state) => state === 'acquired').length, 1)
    const winner = waiting[states.indexOf('acquired')]!
    const ended = once(winner, 'exit')
    winner.kill('SIGKILL')
    await ended
    waiting = waiting.filter((child) => child !== winner)
  }
})

test('a file that is no database is refused', (t) => {
  const directory = temporaryDirectory(t)
  writeFileSync(join(directory, 'leases.db'), 'something else '.repeat(1000))
  t.throws(() => openSqliteLeaseStore({ directory }), {
    instanceOf: LeaseStoreError,
    message: /^leases: .* is not a SQLite database; /,
  })
})

test('leases of a newer version are refused', async (t) => {
  const directory = temporaryDirectory(t)
  await openSqliteLeaseStore({ directory }).close()
  const db = new DatabaseSync(join(directory, 'leases.db'))
  db.exec('PRAGMA user_version = 2')
  db.close()
  t.throws(() => openSqliteLeaseStore({ directory }), { instanceOf: LeaseStoreError, message: /update Millrace/ })
})
