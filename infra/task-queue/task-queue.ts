import type { TaskOrder } from '../../events/task-order.ts'
import type { TaskReport } from '../../events/task-report.ts'

/** Carries orders from coordinators to workers, and reports back. */
export interface TaskQueue {
  /**
   * Puts an order in line: when it resolves, the order outlives this process. The same attempt put in line twice may be run
   * twice; one result counts. Rejects with {@link TaskQueueError} when it is not known to be in line, though it may be.
   */
  publish(order: TaskOrder): void | Promise<void>
  /**
   * Takes orders for a worker, at most `slots` at once: an order's place is free when `run` has resolved, and only then is it
   * out of line for good. So `run` is to resolve when its last report has.
   */
  consume(slots: number, run: (order: TaskOrder, signal: AbortSignal) => Promise<void>): TaskConsumer
  /**
   * Sends a report to the build's coordinator, and resolves when it can be lost no more. An `attempt-started` may wait for
   * the next report: nothing should wait for it alone. After a failed attempt a queue that can holds the build's further orders
   * back until the coordinator calls `goOn` or `withdraw`, so that none begins which the failure makes pointless.
   */
  report(report: TaskReport): void | Promise<void>
  /**
   * Hands each report of a build to `absorb`, in the order sent by each worker: those that were kept from before, and all to
   * come. A queue of a cluster may hand one out twice. The returned function ends it.
   */
  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void
  /** All reports of the build that were handed out so far are in the event log: they need not be kept any longer. */
  absorbed(buildId: string): void
  /** Ends the hold that a failed attempt has put on the build's orders. */
  goOn(buildId: string): void
  /** Drops the build's orders that no worker has taken. */
  withdraw(buildId: string): void | Promise<void>
  /** Drops the build's orders that no worker has taken and aborts those under way. */
  stop(buildId: string): void | Promise<void>
  /** Aborts what is under way here, and resolves when it has ended and reported. */
  close(): Promise<void>
}

export interface TaskConsumer {
  /** Takes no further orders, gives back those not begun, and resolves when those under way have ended. */
  drain(): Promise<void>
}

/** The queue can't be reached, or does not take what it was given. The message is one line and says how to mend it. */
export class TaskQueueError extends Error {
  override readonly name = 'TaskQueueError'
}
