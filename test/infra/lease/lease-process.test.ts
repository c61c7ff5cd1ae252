import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import test from 'ava'
import { isHolderAlive, leaseProcess } from '../../../infra/lease/lease-process.ts'

test('this process is alive', (t) => {
  const identity = leaseProcess(process.pid)!
  t.is(identity.pid, process.pid)
  t.true(isHolderAlive(identity))
})

test('a process that ended is not alive and has no identity', (t) => {
  const { pid } = spawnSync('true')
  t.is(leaseProcess(pid), null)
  t.false(isHolderAlive({ ...leaseProcess(process.pid)!, pid }))
})

test('a later process with the same pid is another one', (t) => {
  const identity = leaseProcess(process.pid)!
  t.false(isHolderAlive({ ...identity, startTicks: identity.startTicks - 1 }))
})

test('a process of another host is never taken for gone', (t) => {
  t.true(isHolderAlive({ host: 'another-host', pid: 2 ** 22 + 1, startTicks: 1 }))
})

test('a zombie is gone', async (t) => {
  // The shell's child ends when told to, and the shell, having become `cat`, never asks for its exit code.
  const parent = spawn('sh', ['-c', 'sh -c "read line" <&3 & echo $!; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const [line] = await once(createInterface(parent.stdout!), 'line')
  const identity = leaseProcess(Number(line))!
  t.true(isHolderAlive(identity))
  const told = parent.stdio[3] as NodeJS.WritableStream
  told.write('end\n')
  const deadline = Date.now() + 20_000
  while (isHolderAlive(identity) && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
  t.false(isHolderAlive(identity))
  t.is(leaseProcess(identity.pid), null)
  t.true(process.kill(identity.pid, 0))
})
