/** What one task may send, in bytes: altogether, and at once; and what it gets back of the latter each second. */
export interface LogLimits {
  readonly taskBytesMax: number
  readonly burstBytes: number
  readonly bytesPerSecond: number
}

/** A screen holds 20 KB: nobody reads more than this while it goes by. */
export const logLimitsDefault: LogLimits = { taskBytesMax: 1 << 20, burstBytes: 64 << 10, bytesPerSecond: 32 << 10 }

/** How many tasks are remembered; those that are forgotten begin anew. */
const tasksMax = 10_000

interface Account {
  left: number
  burst: number
  at: number
}

/** Counts what tasks send. */
export class LogBudget {
  readonly #limits: LogLimits
  readonly #accounts = new Map<string, Account>()

  constructor(limits: LogLimits) {
    this.#limits = limits
  }

  /**
   * How many of `bytes` the task may send now.
   *
   * @param now ms from any point on
   */
  spend(task: string, bytes: number, now: number): number {
    const { taskBytesMax, burstBytes, bytesPerSecond } = this.#limits
    const account = this.#accounts.get(task) ?? { left: taskBytesMax, burst: burstBytes, at: now }
    const burst = Math.min(burstBytes, account.burst + ((now - account.at) / 1_000) * bytesPerSecond)
    const spent = Math.floor(Math.min(bytes, account.left, burst))
    this.#accounts.delete(task)
    this.#accounts.set(task, { left: account.left - spent, burst: burst - spent, at: now })
    if (this.#accounts.size > tasksMax) this.#accounts.delete(this.#accounts.keys().next().value!)
    return spent
  }
}
