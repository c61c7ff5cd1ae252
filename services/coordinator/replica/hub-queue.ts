import type { TaskOrder } from '../../../events/task-order.ts'
import type { TaskReport } from '../../../events/task-report.ts'
import type { TaskConsumer, TaskQueue } from '../../../infra/task-queue/task-queue.ts'
import type { DispatchHub } from './dispatch-hub.ts'

/** The task queue as a build's coordinator sees it: what it publishes waits at the hub until a worker is free. */
export class HubQueue implements TaskQueue {
  readonly #hub: DispatchHub
  readonly #queue: TaskQueue

  readonly #direct: (order: TaskOrder) => TaskOrder | undefined
  readonly #look: (report: TaskReport) => void

  /**
   * @param ways `direct` gives the order as it goes to the client at once; `undefined`: any worker may have it. `look` sees each
   * report before it is absorbed
   */
  constructor(
    hub: DispatchHub,
    queue: TaskQueue,
    ways: {
      readonly direct: (order: TaskOrder) => TaskOrder | undefined
      readonly look: (report: TaskReport) => void
    },
  ) {
    this.#hub = hub
    this.#queue = queue
    this.#direct = ways.direct
    this.#look = ways.look
  }

  publish(order: TaskOrder): void | Promise<void> {
    const directed = this.#direct(order)
    if (directed === undefined) return this.#hub.hold(order)
    this.#hub.direct(directed)
    return this.#queue.publish(directed)
  }

  consume(): TaskConsumer {
    throw new Error('a coordinator takes no orders')
  }

  report(): void {
    throw new Error('a coordinator sends no reports')
  }

  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void {
    return this.#queue.onReport(buildId, (report) => {
      this.#hub.reported(report)
      this.#look(report)
      absorb(report)
    })
  }

  absorbed(buildId: string): void {
    this.#queue.absorbed(buildId)
  }

  goOn(): void {}

  withdraw(buildId: string): void | Promise<void> {
    this.#hub.withdraw(buildId)
    return this.#queue.withdraw(buildId)
  }

  stop(buildId: string): void | Promise<void> {
    this.#hub.withdraw(buildId)
    return this.#queue.stop(buildId)
  }

  async close(): Promise<void> {}
}
