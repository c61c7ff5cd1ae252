import type { TaskOrder } from '../../events/task-order.ts'
import { decodeOrder } from './jetstream-body.ts'
import type { Delivery } from './jetstream-delivery.ts'
import type { OrderPuller } from './jetstream-order-puller.ts'
import { type TaskConsumer, TaskQueueError } from './task-queue.ts'

type Run = (order: TaskOrder, signal: AbortSignal) => Promise<void>

interface Consumer {
  readonly slots: number
  readonly run: Run
  free: number
  /** Those that wait for the orders under way to end. */
  waiting: (() => void)[]
}

/** An order that was delivered, maybe more than once, and has not ended. */
interface Held {
  readonly name: string
  readonly order: TaskOrder
  /** By key. */
  readonly deliveries: Map<string, Delivery>
  /** Highest number in the stream. */
  sequence: number
}

interface Attempt {
  readonly held: Held
  readonly consumer: Consumer
  readonly controller: AbortController
}

export interface TakerOptions {
  /** Begins to pull orders for this worker. */
  readonly pull: (take: (delivery: Delivery) => void) => OrderPuller
  /** Deliveries of what is held are prolonged so often, in ms. */
  readonly keepMs: number
  readonly onMalformed: (subject: string) => void
}

/** How many orders that have ended are remembered, in case that their acknowledgement was lost. */
const endedMax = 1_000
/** How many builds that were withdrawn from are remembered. */
const withdrawnMax = 1_000
/** Orders that wait here for a slot, per slot: the next one begins without a round trip. */
const aheadPerSlot = 0.25

/** Runs a worker's orders, each once, however often it is delivered. */
export class OrderTaker {
  readonly #options: TakerOptions
  readonly #consumers = new Set<Consumer>()
  readonly #held = new Map<string, Held>()
  #line: Held[] = []
  readonly #underWay = new Set<Attempt>()
  /** Keys of orders that have ended. */
  readonly #ended = new Set<string>()
  /** Build to the number in the stream up to which its orders are void. */
  readonly #withdrawn = new Map<string, number>()
  #puller: OrderPuller | undefined
  #tuning: Promise<void> = Promise.resolve()
  readonly #keeping: NodeJS.Timeout

  constructor(options: TakerOptions) {
    this.#options = options
    this.#keeping = setInterval(() => this.#keepAll(), options.keepMs)
  }

  consume(slots: number, run: Run): TaskConsumer {
    const consumer: Consumer = { free: slots, slots, run, waiting: [] }
    this.#consumers.add(consumer)
    this.#assign()
    void this.#tune()
    return {
      drain: async () => {
        this.#consumers.delete(consumer)
        await Promise.all([this.#tune(), whenIdle(consumer)])
      },
    }
  }

  /** Forgets the build's orders up to a number in the stream that have not begun; those that have are aborted, or go on. */
  withdraw(buildId: string, upTo: number, isStop: boolean): void {
    remember(this.#withdrawn, buildId, upTo, withdrawnMax)
    const isVoid = ({ order, sequence }: Held) => order.buildId === buildId && sequence <= upTo
    for (const held of this.#line.filter(isVoid)) {
      this.#release(held)
      for (const delivery of held.deliveries.values()) delivery.ack()
    }
    this.#line = this.#line.filter((held) => !isVoid(held))
    if (isStop) for (const { held, controller } of this.#underWay) if (isVoid(held)) controller.abort()
  }

  /** The connection was lost, and with it what was on its way; the numbers in the stream may begin anew. */
  forgetWithdrawn(): void {
    this.#withdrawn.clear()
  }

  async close(): Promise<void> {
    this.#consumers.clear()
    const underWay = [...this.#underWay]
    for (const { controller } of underWay) controller.abort()
    await Promise.all([this.#tune(), ...underWay.map(({ consumer }) => whenIdle(consumer))])
    clearInterval(this.#keeping)
  }

  #capacity(): number {
    let slots = 0
    for (const consumer of this.#consumers) slots += consumer.slots
    return slots + Math.ceil(slots * aheadPerSlot)
  }

  /** Makes what is pulled fit what can be run; one at a time. */
  #tune(): Promise<void> {
    this.#tuning = this.#tuning.then(() => this.#tuneNow())
    return this.#tuning
  }

  async #tuneNow(): Promise<void> {
    const capacity = this.#capacity()
    if (capacity > 0) {
      this.#puller ??= this.#options.pull((delivery) => this.#take(delivery))
      return this.#puller.resize(capacity)
    }
    const puller = this.#puller
    this.#puller = undefined
    await puller?.stop()
    if (this.#capacity() > 0) return
    for (const held of this.#line.splice(0)) {
      this.#release(held)
      for (const delivery of held.deliveries.values()) delivery.giveBack()
    }
  }

  #take(delivery: Delivery): void {
    const { key, sequence, subject } = delivery
    const order = this.#ended.has(key) ? undefined : decodeOrder(delivery.data)
    if (order === undefined || sequence <= (this.#withdrawn.get(order.buildId) ?? 0)) {
      if (order === undefined && !this.#ended.has(key)) this.#options.onMalformed(subject)
      delivery.ack()
    } else if (this.#consumers.size === 0) delivery.giveBack()
    else this.#putInLine(order, delivery)
  }

  #putInLine(order: TaskOrder, delivery: Delivery): void {
    const { key, sequence } = delivery
    const name = `${order.buildId}.${order.task}.${order.attempt}`
    const held = this.#held.get(name)
    if (held !== undefined) {
      held.deliveries.set(key, delivery)
      held.sequence = Math.max(held.sequence, sequence)
      return
    }
    const taken = { name, order, deliveries: new Map([[key, delivery]]), sequence }
    this.#held.set(name, taken)
    this.#line.push(taken)
    this.#assign()
  }

  #assign(): void {
    for (const consumer of this.#consumers)
      while (consumer.free > 0) {
        const held = this.#line.shift()
        if (held === undefined) return
        this.#begin(held, consumer)
      }
  }

  #begin(held: Held, consumer: Consumer): void {
    consumer.free--
    const attempt = { held, consumer, controller: new AbortController() }
    this.#underWay.add(attempt)
    consumer
      .run(held.order, attempt.controller.signal)
      .then(
        () => this.#acknowledge(held),
        (error: unknown) => {
          for (const delivery of held.deliveries.values()) delivery.giveBack()
          // Its report was not stored, so the order runs again; any other error is a mistake of the program.
          if (!(error instanceof TaskQueueError)) throw error
        },
      )
      .finally(() => this.#freeSlot(attempt))
  }

  #acknowledge({ deliveries }: Held): void {
    for (const [key, delivery] of deliveries) {
      delivery.ack()
      this.#ended.add(key)
    }
    for (const key of this.#ended) {
      if (this.#ended.size <= endedMax) break
      this.#ended.delete(key)
    }
  }

  #freeSlot(attempt: Attempt): void {
    const { held, consumer } = attempt
    this.#release(held)
    this.#underWay.delete(attempt)
    consumer.free++
    if (consumer.free === consumer.slots) for (const resolve of consumer.waiting.splice(0)) resolve()
    this.#assign()
  }

  #release({ name }: Held): void {
    this.#held.delete(name)
  }

  #keepAll(): void {
    for (const { deliveries } of this.#held.values()) for (const delivery of deliveries.values()) delivery.keep()
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V, sizeMax: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= sizeMax) break
    map.delete(oldest)
  }
}

function whenIdle(consumer: Consumer): Promise<void> {
  if (consumer.free === consumer.slots) return Promise.resolve()
  return new Promise((resolve) => {
    consumer.waiting.push(resolve)
  })
}
