import { spawnSync } from 'node:child_process'
import test from 'ava'
import { identify, isRunning, parseProcessStat } from '../../../infra/process-table/process-table.ts'

test('a process is told from a later one with its number by its start time, where that is known', (t) => {
  const identity = identify(process.pid)
  t.true(isRunning(identity))
  t.false(isRunning({ ...identity, startTicks: identity.startTicks - 1 }))
  t.true(isRunning({ ...identity, startTicks: 0 }))
})

test('a process that has ended does not run, whatever is known of it', (t) => {
  const { pid } = spawnSync('true')
  t.false(isRunning({ pid, startTicks: 1 }))
  t.false(isRunning({ pid, startTicks: 0 }))
})

test('a command name with blanks and parentheses does not shift the fields', (t) => {
  const rest = Array.from({ length: 30 }, (_, i) => `${i + 4}`).join(' ')
  const entry = { pid: 7, startTicks: 22, parentPid: 4, groupId: 5 }
  t.deepEqual(parseProcessStat(7, `7 (a) R 1) (b c) S ${rest}\n`), { ...entry, isZombie: false })
  t.deepEqual(parseProcessStat(7, `7 (x) Z ${rest}\n`), { ...entry, isZombie: true })
})
