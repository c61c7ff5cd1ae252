import { CommandLines } from './command-line.ts'
import { runOnConsole } from './console-command.ts'
import { type Executor, ExecutorError, type RunOrder, type RunOutcome } from './executor.ts'
import { GroupGuard } from './group-guard.ts'
import type { ExecutorProcesses } from './orphans.ts'
import { QueuedRun } from './queued-run.ts'
import { ShellHelper } from './shell-helper.ts'

export interface ShellExecutorOptions {
  /** How many commands run at once, at least 1; more wait in the order in which they came. Console orders do not count. */
  readonly slots: number
  /** All variables that commands see, besides their order's own. */
  readonly env: Readonly<Record<string, string>>
  /** Bytes of output kept of each command; default 1 MiB. */
  readonly outputBytesMax?: number
  /** Time between SIGTERM and SIGKILL on timeout, abort and close, default 200 ms; 0: SIGKILL at once. */
  readonly killGraceMs?: number
}

/** Runs commands in place, by one small shell for each slot; the README tells how. */
export interface ShellExecutor extends Executor {
  /** Starts all helpers, which otherwise happens on first use. Rejects with {@link ExecutorError}. */
  start(): Promise<void>
  /** The processes to look after when this one dies; see `reapOrphans`. Changes when a helper or the guard is replaced. */
  processes(): ExecutorProcesses
}

/** Starts nothing before `start()` or the first order. Whoever creates it closes it. */
export function createShellExecutor(options: ShellExecutorOptions): ShellExecutor {
  return new PooledShellExecutor(options)
}

class PooledShellExecutor implements ShellExecutor {
  readonly #slots: number
  readonly #env: Readonly<Record<string, string>>
  readonly #outputBytesMax: number
  readonly #killGraceMs: number
  readonly #lines: CommandLines
  readonly #guard = new GroupGuard()
  readonly #helpers = new Set<ShellHelper>()
  readonly #idle: ShellHelper[] = []
  readonly #starting = new Set<Promise<void>>()
  readonly #queue = new Set<QueuedRun>()
  readonly #consoleRuns = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined

  constructor(options: ShellExecutorOptions) {
    this.#slots = Math.max(1, options.slots)
    this.#env = options.env
    this.#outputBytesMax = options.outputBytesMax ?? 1_048_576
    this.#killGraceMs = options.killGraceMs ?? 200
    this.#lines = new CommandLines(options.env)
  }

  async start(): Promise<void> {
    while (this.#helpers.size + this.#starting.size < this.#slots) this.#startHelper()
    await Promise.all(this.#starting)
  }

  run(order: RunOrder): Promise<RunOutcome> {
    if (this.#closed !== undefined) return Promise.reject(new ExecutorError('the executor is closed'))
    if (order.console === true) return this.#runOnConsole(order)
    return new Promise((resolve, reject) => {
      if (!/^\/[^\0]*$/.test(order.cwd)) throw new ExecutorError(`"${order.cwd}" is not an absolute path`)
      const line = this.#lines.line(order.command, order.env)
      const run = new QueuedRun(order, line, resolve, reject, this.#onRunEnd)
      if (order.signal?.aborted) return run.abort()
      run.listen()
      const helper = this.#idle.pop()
      if (helper !== undefined) return run.begin(helper)
      this.#queue.add(run)
      if (this.#helpers.size + this.#starting.size < this.#slots) this.#startHelper()
    })
  }

  processes(): ExecutorProcesses {
    const helpers = [...this.#helpers].map((helper) => helper.identity)
    const guard = this.#guard.identity
    return guard === undefined ? { helpers } : { guard, helpers }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    for (const run of this.#queue) run.abort()
    await Promise.allSettled([...this.#starting])
    await Promise.all([...this.#helpers].map((helper) => helper.kill('aborted')))
    await Promise.allSettled([...this.#consoleRuns])
    await this.#guard.close()
  }

  async #runOnConsole(order: RunOrder): Promise<RunOutcome> {
    const { signal } = order
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    const options = { env: this.#env, killGraceMs: this.#killGraceMs, guard: this.#guard }
    const running = runOnConsole({ ...order, signal: either }, options)
    this.#consoleRuns.add(running)
    try {
      return await running
    } finally {
      this.#consoleRuns.delete(running)
    }
  }

  #startHelper(): void {
    const started = ShellHelper.start({
      env: this.#env,
      outputBytesMax: this.#outputBytesMax,
      killGraceMs: this.#killGraceMs,
      guard: this.#guard,
      onGone: this.#onHelperGone,
    })
    const settled = started.then(
      (helper) => {
        this.#starting.delete(settled)
        this.#helpers.add(helper)
        this.#giveWork(helper)
      },
      (error: unknown) => {
        this.#starting.delete(settled)
        // Helpers that live will come to the queued orders in time.
        if (this.#helpers.size + this.#starting.size === 0) for (const run of this.#queue) run.fail(error)
        throw error
      },
    )
    settled.catch(() => {})
    this.#starting.add(settled)
  }

  #giveWork(helper: ShellHelper): void {
    const next = this.#queue.values().next().value
    if (next === undefined) {
      this.#idle.push(helper)
    } else {
      this.#queue.delete(next)
      next.begin(helper)
    }
  }

  readonly #onRunEnd = (run: QueuedRun, helper: ShellHelper | undefined): void => {
    if (helper === undefined) this.#queue.delete(run)
    else if (!helper.isLost) this.#giveWork(helper)
  }

  readonly #onHelperGone = (helper: ShellHelper): void => {
    this.#helpers.delete(helper)
    const at = this.#idle.indexOf(helper)
    if (at !== -1) this.#idle.splice(at, 1)
    if (this.#queue.size > 0 && this.#closed === undefined) this.#startHelper()
  }
}
