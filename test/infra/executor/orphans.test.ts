import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { ExecutorError } from '../../../infra/executor/executor.ts'
import { type ExecutorProcesses, reapOrphans } from '../../../infra/executor/orphans.ts'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import {
  isRunning,
  type ProcessIdentity,
  readProcess,
  runningProcesses,
} from '../../../infra/process-table/process-table.ts'
import { until } from '../../rig/until.ts'

const stubborn = 'trap "" TERM INT HUP; touch begun; sleep 60 & sleep 60; sleep 60'
const env = { PATH: process.env.PATH ?? '' }

interface Owner {
  readonly child: ChildProcess
  readonly processes: ExecutorProcesses
  /** Everything that runs in the groups of its helpers. */
  readonly members: () => ProcessIdentity[]
}

async function startOwner(folder: string, lines: readonly string[]): Promise<Owner> {
  const program = fileURLToPath(new URL('owner.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...lines], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const processes = JSON.parse(line) as ExecutorProcesses
  const groups = new Set(processes.helpers.map((helper) => helper.pid))
  return { child, processes, members: () => runningProcesses().filter((entry) => groups.has(entry.groupId)) }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'orphans-test-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function dieWith(t: ExecutionContext, signal: NodeJS.Signals, folder: string): Promise<void> {
  const { child, processes, members } = await startOwner(folder, [stubborn, stubborn])
  await until('the commands run', () => existsSync(join(folder, 'begun')) && members().length >= 4)
  child.kill(signal)
  await until('nothing of the commands is left', () => members().length === 0)
  await until('the guard has ended', () => !isRunning(processes.guard!))
  t.pass()
}

test('commands and helpers die with their executor, even by SIGKILL', (t) => inFolder((f) => dieWith(t, 'SIGKILL', f)))
test('commands and helpers die with their executor, also by SIGTERM', (t) => inFolder((f) => dieWith(t, 'SIGTERM', f)))

test('an idle executor keeps no process alive, its own included', async (t) => {
  await inFolder(async (folder) => {
    const { child, processes, members } = await startOwner(folder, [])
    if (child.exitCode === null) await once(child, 'exit')
    t.is(child.exitCode, 0)
    await until('helpers and guard have ended', () => members().length === 0 && !isRunning(processes.guard!))
  })
})

test('an executor that was closed leaves nothing', async (t) => {
  const executor = createShellExecutor({ slots: 2, env })
  await executor.start()
  const { guard, helpers } = executor.processes()
  t.is(helpers.length, 2)
  await executor.close()
  t.deepEqual([guard!, ...helpers].filter(isRunning), [])
  t.deepEqual(executor.processes(), { helpers: [] })
})

test('the guard ignores signals and is replaced when it is killed', async (t) => {
  await inFolder(async (folder) => {
    const executor = createShellExecutor({ slots: 1, env })
    await executor.start()
    const first = executor.processes().guard!
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGPIPE'] as const) process.kill(first.pid, signal)
    t.is((await executor.run({ command: { shell: 'sleep 0.05' }, cwd: folder })).exitCode, 0)
    t.true(isRunning(first))
    process.kill(first.pid, 'SIGKILL')
    await until('another guard is there', () => (executor.processes().guard ?? first).pid !== first.pid)
    t.true(isRunning(executor.processes().guard!))
    await executor.close()
  })
})

test('the guard forgets the groups of helpers that were replaced', async (t) => {
  const executor = createShellExecutor({ slots: 1, env, killGraceMs: 0 })
  await executor.start()
  const [first] = executor.processes().helpers
  const outcome = await executor.run({ command: { shell: 'sleep 60' }, cwd: '/', timeoutMs: 20 })
  t.is(outcome.end, 'timed-out')
  t.is((await executor.run({ command: { shell: 'exit 3' }, cwd: '/' })).exitCode, 3)
  const [second] = executor.processes().helpers
  t.not(second!.pid, first!.pid)
  t.is(executor.processes().helpers.length, 1)
  await executor.close()
})

test('reapOrphans waits for the guard of a dead executor', async (t) => {
  await inFolder(async (folder) => {
    const { child, processes, members } = await startOwner(folder, [stubborn])
    await until('the command runs', () => existsSync(join(folder, 'begun')))
    child.kill('SIGKILL')
    await reapOrphans(processes, { timeoutMs: 10_000 })
    t.deepEqual(members(), [])
    t.false(isRunning(processes.guard!))
  })
})

test('reapOrphans kills what is left when the guard was killed too', async (t) => {
  await inFolder(async (folder) => {
    const { child, processes, members } = await startOwner(folder, [stubborn])
    await until('the command runs', () => existsSync(join(folder, 'begun')))
    process.kill(child.pid!, 'SIGSTOP')
    process.kill(processes.guard!.pid, 'SIGKILL')
    await until('the guard has ended', () => !isRunning(processes.guard!))
    child.kill('SIGKILL')
    t.true(members().length > 0)
    await reapOrphans(processes, { timeoutMs: 10_000 })
    t.deepEqual(members(), [])
  })
})

test('reapOrphans leaves a later process with a recorded number alone', async (t) => {
  const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const { startTicks } = readProcess(stranger.pid!)!
  const guard = { pid: stranger.pid!, startTicks: startTicks - 1 }
  await reapOrphans({ guard, helpers: [guard] }, { timeoutMs: 1000 })
  t.true(isRunning({ pid: stranger.pid!, startTicks }))
  stranger.kill('SIGKILL')
  await once(stranger, 'exit')
})

test('reapOrphans refuses to touch an executor whose guard still runs', async (t) => {
  const executor = createShellExecutor({ slots: 1, env })
  await executor.start()
  await t.throwsAsync(reapOrphans(executor.processes(), { timeoutMs: 20 }), { instanceOf: ExecutorError })
  t.is((await executor.run({ command: { shell: 'true' }, cwd: '/' })).exitCode, 0)
  await executor.close()
})

test.serial('an executor without temporary folder reports that no command can be started', async (t) => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = '/no/such/folder'
  const executor = createShellExecutor({ slots: 1, env })
  await t.throwsAsync(executor.run({ command: { shell: 'true' }, cwd: '/' }), { instanceOf: ExecutorError })
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  t.is((await executor.run({ command: { shell: 'true' }, cwd: '/' })).exitCode, 0)
  await executor.close()
})
