import { ExecutorError, type RunOrder, type RunOutcome } from './executor.ts'
import type { HelperTask, ShellHelper } from './shell-helper.ts'

/** 128 + SIGTERM, the exit code of what was stopped before it began. */
const exitCodeBeforeStart = 143

/** One order between `run` and its outcome: first waiting, then with a helper. */
export class QueuedRun implements HelperTask {
  readonly line: string
  readonly cwd: string
  readonly onOutput: ((piece: Uint8Array) => void) | undefined
  readonly #order: RunOrder
  readonly #resolve: (outcome: RunOutcome) => void
  readonly #reject: (error: unknown) => void
  readonly #onSettled: (run: QueuedRun, helper: ShellHelper | undefined) => void
  #helper: ShellHelper | undefined
  #timer: NodeJS.Timeout | undefined
  #onAbort: (() => void) | undefined

  /** `onSettled` is called once, with the helper that ran it, if any, just before the outcome is known to the caller. */
  constructor(
    order: RunOrder,
    line: string,
    resolve: (outcome: RunOutcome) => void,
    reject: (error: unknown) => void,
    onSettled: (run: QueuedRun, helper: ShellHelper | undefined) => void,
  ) {
    this.#order = order
    this.line = line
    this.cwd = order.cwd
    this.onOutput = order.onOutput
    this.#resolve = resolve
    this.#reject = reject
    this.#onSettled = onSettled
  }

  /** Follows the order's signal from now on. */
  listen(): void {
    const { signal } = this.#order
    if (signal === undefined) return
    this.#onAbort = () => this.abort()
    signal.addEventListener('abort', this.#onAbort)
  }

  begin(helper: ShellHelper): void {
    this.#helper = helper
    const { timeoutMs } = this.#order
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => void helper.kill('timed-out'), timeoutMs)
    helper.run(this)
  }

  /** Kills the command, or makes sure that it never starts. */
  abort(): void {
    if (this.#helper !== undefined) return void this.#helper.kill('aborted')
    this.onEnd({
      end: 'aborted',
      exitCode: exitCodeBeforeStart,
      output: new Uint8Array(0),
      outputBytesDropped: 0,
      runMs: 0,
    })
  }

  /** No helper can be started for it. */
  fail(error: unknown): void {
    this.#settle()
    this.#reject(error instanceof ExecutorError ? error : new ExecutorError('no helper shell', { cause: error }))
  }

  onEnd(outcome: RunOutcome): void {
    this.#settle()
    this.#resolve(outcome)
  }

  #settle(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    if (this.#onAbort !== undefined) this.#order.signal?.removeEventListener('abort', this.#onAbort)
    this.#onSettled(this, this.#helper)
  }
}
