import type { TaskOrder } from '../../events/task-order.ts'
import type { TaskReport } from '../../events/task-report.ts'
import type { TaskConsumer, TaskQueue } from './task-queue.ts'

interface Consumer {
  free: number
  readonly run: (order: TaskOrder, signal: AbortSignal) => Promise<void>
  readonly slots: number
  /** Those that wait for the orders under way to end. */
  waiting: (() => void)[]
}

/** An order under way; the same order may be twice. */
interface Attempt {
  readonly order: TaskOrder
  readonly consumer: Consumer
  readonly controller: AbortController
}

/** Orders and reports within one process, first come, first served. */
export class MemoryTaskQueue implements TaskQueue {
  #orders: TaskOrder[] = []
  readonly #consumers = new Set<Consumer>()
  readonly #underWay = new Set<Attempt>()
  /** Builds with a failed attempt that their coordinators have not dealt with. */
  readonly #onHold = new Set<string>()
  readonly #absorbers = new Map<string, (report: TaskReport) => void>()

  publish(order: TaskOrder): void {
    this.#orders.push(order)
    this.#assign()
  }

  consume(slots: number, run: (order: TaskOrder, signal: AbortSignal) => Promise<void>): TaskConsumer {
    const consumer: Consumer = { free: slots, slots, run, waiting: [] }
    this.#consumers.add(consumer)
    this.#assign()
    return {
      drain: () => {
        this.#consumers.delete(consumer)
        return whenIdle(consumer)
      },
    }
  }

  report(report: TaskReport): void {
    if (report.type === 'attempt-failed') this.#onHold.add(report.buildId)
    this.#absorbers.get(report.buildId)?.(report)
  }

  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void {
    this.#absorbers.set(buildId, absorb)
    return () => {
      if (this.#absorbers.get(buildId) === absorb) this.#absorbers.delete(buildId)
    }
  }

  /** Nothing is kept here. */
  absorbed(): void {}

  goOn(buildId: string): void {
    if (this.#onHold.delete(buildId)) this.#assign()
  }

  withdraw(buildId: string): void {
    this.#orders = this.#orders.filter((order) => order.buildId !== buildId)
    this.goOn(buildId)
  }

  stop(buildId: string): void {
    this.withdraw(buildId)
    for (const { order, controller } of this.#underWay) if (order.buildId === buildId) controller.abort()
  }

  async close(): Promise<void> {
    this.#orders = []
    this.#consumers.clear()
    const underWay = [...this.#underWay]
    for (const { controller } of underWay) controller.abort()
    // Also those that are being drained already.
    await Promise.all(underWay.map(({ consumer }) => whenIdle(consumer)))
  }

  #assign(): void {
    for (const consumer of this.#consumers)
      while (consumer.free > 0) {
        const order = this.#takeNext()
        if (order === undefined) break
        consumer.free--
        const attempt = { order, consumer, controller: new AbortController() }
        this.#underWay.add(attempt)
        consumer.run(order, attempt.controller.signal).finally(() => this.#ended(attempt))
      }
  }

  #takeNext(): TaskOrder | undefined {
    if (this.#onHold.size === 0) return this.#orders.shift()
    const next = this.#orders.findIndex((order) => !this.#onHold.has(order.buildId))
    return next < 0 ? undefined : this.#orders.splice(next, 1)[0]
  }

  #ended(attempt: Attempt): void {
    const { consumer } = attempt
    this.#underWay.delete(attempt)
    consumer.free++
    if (consumer.free === consumer.slots) for (const resolve of consumer.waiting.splice(0)) resolve()
    this.#assign()
  }
}

function whenIdle(consumer: Consumer): Promise<void> {
  if (consumer.free === consumer.slots) return Promise.resolve()
  return new Promise((resolve) => {
    consumer.waiting.push(resolve)
  })
}
