import type { TaskOrder } from '../../../events/task-order.ts'
import { ReadyQueue } from '../../../machines/scheduling/ready-queue.ts'
import type { DispatchedBuild } from './dispatch-hub.ts'

/** The orders of one build that wait for a worker, and how many workers have. */
export class BuildOrders {
  readonly build: DispatchedBuild
  /** Orders that workers have been given and that have not ended. */
  taken = 0
  /** Workers that have had one: they have most of its files. */
  readonly sentTo = new Set<string>()
  readonly #ready: ReadyQueue
  readonly #orders = new Map<number, TaskOrder>()

  constructor(build: DispatchedBuild) {
    this.build = build
    this.#ready = new ReadyQueue(build.rank)
  }

  get isEmpty(): boolean {
    return this.#orders.size === 0
  }

  /** An order of the same task is replaced. */
  add(order: TaskOrder): void {
    if (!this.#orders.has(order.task)) this.#ready.push(order.task)
    this.#orders.set(order.task, order)
  }

  /** The one with the highest rank. */
  take(): TaskOrder | undefined {
    for (let task = this.#ready.pop(); task !== undefined; task = this.#ready.pop()) {
      const order = this.#orders.get(task)
      if (order !== undefined && this.#orders.delete(task)) return order
    }
    return undefined
  }

  clear(): void {
    this.#orders.clear()
    while (this.#ready.pop() !== undefined);
  }

  /** Tasks, the one that is taken next first. */
  waiting(): readonly number[] {
    const { rank } = this.build
    return [...this.#orders.keys()].sort((a, b) => rank[b]! - rank[a]! || a - b)
  }
}
