import type { TaskOrder } from '../../events/task-order.ts'
import type { TaskReport } from '../../events/task-report.ts'

/** Carries orders from coordinators to workers, and reports back. */
export interface TaskQueue {
  /** Puts an order in line. The same attempt put in line twice may be run twice; one result counts. */
  publish(order: TaskOrder): void | Promise<void>
  /** Takes orders for a worker, at most `slots` at once: an order's place is free when `run` has resolved. */
  consume(slots: number, run: (order: TaskOrder, signal: AbortSignal) => Promise<void>): TaskConsumer
  /**
   * Sends a report to the build's coordinator. After a failed attempt a queue that can holds the build's further orders
   * back until the coordinator calls `goOn` or `withdraw`, so that none begins which the failure makes pointless.
   */
  report(report: TaskReport): void | Promise<void>
  /** Hands each report of a build to `absorb`, in the order sent by each worker. */
  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void
  /** Ends the hold that a failed attempt has put on the build's orders. */
  goOn(buildId: string): void
  /** Drops the build's orders that no worker has taken. */
  withdraw(buildId: string): void | Promise<void>
  /** Drops the build's orders that no worker has taken and aborts those under way. */
  stop(buildId: string): void | Promise<void>
  close(): Promise<void>
}

export interface TaskConsumer {
  /** Takes no further orders, and resolves when those under way have ended. */
  drain(): Promise<void>
}
