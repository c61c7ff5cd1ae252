import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { descendantsOf, isRunning, type ProcessIdentity, sendSignal } from '../process-table/process-table.ts'
import { ExecutorError, type RunOrder, type RunOutcome } from './executor.ts'
import type { GroupGuard } from './group-guard.ts'
import { killGroup } from './kill-group.ts'

const nothing = new Uint8Array(0)
const pollMs = 10

export interface ConsoleOptions {
  readonly env: Readonly<Record<string, string>>
  readonly killGraceMs: number
  readonly guard: GroupGuard
}

/**
 * Runs an order with our own standard streams. On a terminal it shares our process group, so that it may read from there
 * and Ctrl-C reaches it; it then has no group of its own to be killed by: on timeout and abort its descendants are looked
 * up, which misses those whose parents have ended. Elsewhere it leads a group, as every other command lives in one.
 */
export async function runOnConsole(order: RunOrder, options: ConsoleOptions): Promise<RunOutcome> {
  const startMs = performance.now()
  let end: RunOutcome['end'] | undefined
  const hasGroup = !isatty(0)
  const child = startChild(order, options.env, hasGroup)
  const target = child.pid === undefined ? undefined : hasGroup ? -child.pid : child.pid
  const ended = Promise.withResolvers<number>()
  child.once('error', (error) => {
    ended.reject(new ExecutorError(`cannot start a command in ${order.cwd}: ${error.message}`, { cause: error }))
  })
  child.once('exit', (code, signal) => {
    end ??= signal === null ? 'exited' : 'signalled'
    ended.resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
  })
  let killed: Promise<unknown> | undefined
  const kill = (reason: 'timed-out' | 'aborted') => {
    end ??= reason
    if (child.pid === undefined) return
    killed ??= hasGroup ? killGroup(child.pid, options.killGraceMs) : killTree(child.pid, options.killGraceMs)
  }
  const onAbort = () => kill('aborted')
  order.signal?.addEventListener('abort', onAbort)
  const timer = order.timeoutMs === undefined ? undefined : setTimeout(kill, order.timeoutMs, 'timed-out')
  if (target !== undefined) options.guard.watch(target)
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
    if (target !== undefined) options.guard.forget(target)
  }
}

function startChild(order: RunOrder, baseEnv: Readonly<Record<string, string>>, detached: boolean): ChildProcess {
  const { command, cwd } = order
  const options = { cwd, env: { ...baseEnv, ...order.env, PWD: cwd }, stdio: 'inherit', detached } as const
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
