import type { TaskOrder } from '../../events/task-order.ts'
import type { TaskReport } from '../../events/task-report.ts'
import type { TaskConsumer, TaskQueue } from './task-queue.ts'

interface Consumer {
  free: number
  readonly run: (order: TaskOrder, signal: AbortSignal) => Promise<void>
  idle: (() => void) | undefined
  readonly slots: number
}

/** Orders and reports within one process, first come, first served. */
export class MemoryTaskQueue implements TaskQueue {
  #orders: TaskOrder[] = []
  readonly #consumers = new Set<Consumer>()
  readonly #underWay = new Map<TaskOrder, AbortController>()
  /** Builds with a failed attempt that their coordinators have not dealt with. */
  readonly #onHold = new Set<string>()
  readonly #absorbers = new Map<string, (report: TaskReport) => void>()

  publish(order: TaskOrder): void {
    this.#orders.push(order)
    this.#assign()
  }

  consume(slots: number, run: (order: TaskOrder, signal: AbortSignal) => Promise<void>): TaskConsumer {
    const consumer: Consumer = { free: slots, slots, run, idle: undefined }
    this.#consumers.add(consumer)
    this.#assign()
    return {
      drain: () => {
        this.#consumers.delete(consumer)
        if (consumer.free === slots) return Promise.resolve()
        return new Promise((resolve) => {
          consumer.idle = resolve
        })
      },
    }
  }

  report(report: TaskReport): void {
    if (report.type === 'attempt-failed') this.#onHold.add(report.buildId)
    this.#absorbers.get(report.buildId)?.(report)
  }

  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void {
    this.#absorbers.set(buildId, absorb)
    return () => this.#absorbers.delete(buildId)
  }

  goOn(buildId: string): void {
    if (this.#onHold.delete(buildId)) this.#assign()
  }

  withdraw(buildId: string): void {
    this.#orders = this.#orders.filter((order) => order.buildId !== buildId)
    this.goOn(buildId)
  }

  stop(buildId: string): void {
    this.withdraw(buildId)
    for (const [order, controller] of this.#underWay) if (order.buildId === buildId) controller.abort()
  }

  async close(): Promise<void> {
    this.#orders = []
    for (const controller of this.#underWay.values()) controller.abort()
    await Promise.all([...this.#consumers].map((consumer) => this.#drained(consumer)))
    this.#consumers.clear()
  }

  #drained(consumer: Consumer): Promise<void> {
    if (consumer.free === consumer.slots) return Promise.resolve()
    return new Promise((resolve) => {
      consumer.idle = resolve
    })
  }

  #assign(): void {
    for (const consumer of this.#consumers)
      while (consumer.free > 0) {
        const order = this.#takeNext()
        if (order === undefined) break
        consumer.free--
        const controller = new AbortController()
        this.#underWay.set(order, controller)
        consumer.run(order, controller.signal).finally(() => this.#ended(consumer, order))
      }
  }

  #takeNext(): TaskOrder | undefined {
    if (this.#onHold.size === 0) return this.#orders.shift()
    const next = this.#orders.findIndex((order) => !this.#onHold.has(order.buildId))
    return next < 0 ? undefined : this.#orders.splice(next, 1)[0]
  }

  #ended(consumer: Consumer, order: TaskOrder): void {
    this.#underWay.delete(order)
    consumer.free++
    if (consumer.free === consumer.slots) consumer.idle?.()
    this.#assign()
  }
}
