import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { ExecutorError, type RunOrder, type RunOutcome } from './executor.ts'
import type { GroupGuard } from './group-guard.ts'
import { descendantsOf, isRunning, type ProcessIdentity, sendSignal } from './process-table.ts'

const nothing = new Uint8Array(0)
const pollMs = 10

export interface ConsoleOptions {
  readonly env: Readonly<Record<string, string>>
  readonly killGraceMs: number
  readonly guard: GroupGuard
}

/**
 * Runs an order with our terminal, in our own process group, so that Ctrl-C reaches it. It has no group of its own to be
 * killed by: on timeout and abort its descendants are looked up, which misses those whose parents have ended.
 */
export async function runOnConsole(order: RunOrder, options: ConsoleOptions): Promise<RunOutcome> {
  const startMs = performance.now()
  let end: RunOutcome['end'] | undefined
  const child = startChild(order, options.env)
  const ended = Promise.withResolvers<number>()
  child.once('error', (error) => {
    ended.reject(new ExecutorError(`cannot start a command in ${order.cwd}: ${error.message}`, { cause: error }))
  })
  child.once('exit', (code, signal) => {
    end ??= signal === null ? 'exited' : 'signalled'
    ended.resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
  })
  let killed: Promise<void> | undefined
  const kill = (reason: 'timed-out' | 'aborted') => {
    end ??= reason
    if (child.pid !== undefined) killed ??= killTree(child.pid, options.killGraceMs)
  }
  const onAbort = () => kill('aborted')
  order.signal?.addEventListener('abort', onAbort)
  const timer = order.timeoutMs === undefined ? undefined : setTimeout(kill, order.timeoutMs, 'timed-out')
  if (child.pid !== undefined) options.guard.watch(child.pid)
  try {
    const exitCode = await ended.promise
    await killed
    return {
      end: end ?? 'exited',
      exitCode,
      output: nothing,
      outputBytesDropped: 0,
      runMs: performance.now() - startMs,
    }
  } finally {
    clearTimeout(timer)
    order.signal?.removeEventListener('abort', onAbort)
    if (child.pid !== undefined) options.guard.forget(child.pid)
  }
}

function startChild(order: RunOrder, baseEnv: Readonly<Record<string, string>>): ChildProcess {
  const { command, cwd } = order
  const options = { cwd, env: { ...baseEnv, ...order.env, PWD: cwd }, stdio: 'inherit' } as const
  if ('shell' in command) return spawn('/bin/sh', ['-c', command.shell], options)
  return spawn(command.argv[0] ?? '', command.argv.slice(1), options)
}

async function killTree(pid: number, graceMs: number): Promise<void> {
  const found = new Map<number, ProcessIdentity>()
  const look = () => {
    for (const entry of [...descendantsOf(pid), ...[...found.values()].flatMap((each) => descendantsOf(each.pid))]) {
      found.set(entry.pid, entry)
    }
  }
  const signalAll = (signal: NodeJS.Signals) => {
    look()
    sendSignal(pid, signal)
    for (const each of found.values()) if (isRunning(each)) sendSignal(each.pid, signal)
  }
  signalAll('SIGTERM')
  const deadlineMs = performance.now() + graceMs
  const isAlive = () => descendantsOf(process.pid).some((entry) => entry.pid === pid || found.has(entry.pid))
  while (isAlive() && performance.now() < deadlineMs) await delay(pollMs)
  while (isAlive() || [...found.values()].some(isRunning)) {
    signalAll('SIGKILL')
    await delay(pollMs)
  }
}
