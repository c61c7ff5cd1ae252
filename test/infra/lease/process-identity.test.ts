import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import test from 'ava'
import { isProcessAlive, parseProcessStat, processIdentity } from '../../../infra/lease/process-identity.ts'

test('this process is alive', (t) => {
  const identity = processIdentity(process.pid)!
  t.is(identity.pid, process.pid)
  t.true(isProcessAlive(identity))
})

test('a process that ended is not alive and has no identity', (t) => {
  const { pid } = spawnSync('true')
  t.is(processIdentity(pid), null)
  t.false(isProcessAlive({ ...processIdentity(process.pid)!, pid }))
})

test('a later process with the same pid is another one', (t) => {
  const identity = processIdentity(process.pid)!
  t.false(isProcessAlive({ ...identity, startTime: `${Number(identity.startTime) - 1}` }))
})

test('a process of another host is never taken for gone', (t) => {
  t.true(isProcessAlive({ host: 'another-host', pid: 2 ** 22 + 1, startTime: '1' }))
})

test('a zombie is gone', async (t) => {
  // The shell's child ends when told to, and the shell, having become `cat`, never asks for its exit code.
  const parent = spawn('sh', ['-c', 'sh -c "read line" <&3 & echo $!; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const [line] = await once(createInterface(parent.stdout!), 'line')
  const identity = processIdentity(Number(line))!
  t.true(isProcessAlive(identity))
  const told = parent.stdio[3] as NodeJS.WritableStream
  told.write('end\n')
  const deadline = Date.now() + 20_000
  while (isProcessAlive(identity) && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  t.false(isProcessAlive(identity))
  t.is(processIdentity(identity.pid), null)
  t.true(process.kill(identity.pid, 0))
})

test('a command name with blanks and parentheses does not shift the fields', (t) => {
  const rest = Array.from({ length: 30 }, (_, i) => `${i + 4}`).join(' ')
  t.deepEqual(parseProcessStat(`7 (a) R 1) (b c) S ${rest}\n`), { hasEnded: false, startTime: '22' })
  t.deepEqual(parseProcessStat(`7 (x) Z ${rest}\n`), { hasEnded: true, startTime: '22' })
})
