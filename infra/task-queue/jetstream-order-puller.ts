import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream'
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/transport-node'
import { type Delivery, deliveryOf } from './jetstream-delivery.ts'
import type { PatientCalls } from './jetstream-patient-calls.ts'

export interface PullerOptions {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly calls: PatientCalls
  readonly stream: string
  /** Name of the durable consumer. */
  readonly name: string
  /** Subject of what it consumes. */
  readonly filter: string
  /** For how long a delivery that nothing is said about is not repeated, in ms. */
  readonly ackWaitMs: number
}

/** How long a request waits for orders on the server, in ms. */
const requestMs = 10_000
/** How many orders one request is good for: the limit is the consumer's `max_ack_pending`. */
const requestOrders = 1_000
/** After so much silence, in ms, the consumer or the request is taken for lost: a request that ends in vain says so. */
const silenceMsMax = 13_000
/** A consumer that is lost is made anew after this time, in ms. */
const remakeMs = 250
/** The server drops the consumer of a worker that has not asked for orders for so long, in ms; the orders stay. */
const inactiveMsMax = 600_000

/** Statuses of a request that ended in vain: no messages, and timed out. */
const emptyStatuses = [404, 408]

/**
 * Has a durable consumer deliver orders, as many as its capacity allows to be under way. It outlasts the server's absence and
 * the loss of the consumer.
 */
export class OrderPuller {
  readonly #options: PullerOptions
  readonly #take: (delivery: Delivery) => void
  readonly #inbox = createInbox()
  readonly #subscription: Subscription
  readonly #stopWatching: () => void
  #capacity = 0
  /** Of the request under way. */
  #left = 0
  #silence: NodeJS.Timeout | undefined
  #remaking: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: PullerOptions, take: (delivery: Delivery) => void) {
    this.#options = options
    this.#take = take
    this.#subscription = options.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#onMessage(message)
      },
    })
    this.#stopWatching = options.calls.onReturn(() => this.#remakeSoon(0))
  }

  /** At most so many orders are delivered and not acknowledged at once. Where that fails it is tried for ever. */
  async resize(capacity: number): Promise<void> {
    if (this.#capacity === capacity) return
    this.#capacity = capacity
    await this.#remake()
  }

  /** Resolves when nothing more is delivered. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopWatching()
    clearTimeout(this.#silence)
    clearTimeout(this.#remaking)
    // What the server has sent before it knew still comes.
    await this.#subscription.drain().catch(() => {})
  }

  #makeConsumer(): Promise<unknown> {
    const { calls, manager, stream, name, filter, ackWaitMs } = this.#options
    return calls.call(`consumer of worker ${name}`, Number.POSITIVE_INFINITY, () =>
      manager.consumers.add(stream, {
        durable_name: name,
        filter_subject: filter,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        replay_policy: ReplayPolicy.Instant,
        ack_wait: nanos(ackWaitMs),
        max_deliver: -1,
        max_ack_pending: this.#capacity,
        inactive_threshold: nanos(inactiveMsMax),
      }),
    )
  }

  #request(): void {
    if (this.#isStopped || this.#options.connection.isClosed()) return
    const { connection, stream, name } = this.#options
    this.#left = requestOrders
    const body = JSON.stringify({ batch: requestOrders, expires: nanos(requestMs) })
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, body, { reply: this.#inbox })
    this.#heard()
  }

  #heard(): void {
    if (this.#silence !== undefined) this.#silence.refresh()
    else this.#silence = setTimeout(() => this.#remakeSoon(0), silenceMsMax)
  }

  #onMessage(message: Msg): void {
    this.#heard()
    const delivery = deliveryOf(message)
    if (delivery !== undefined) {
      this.#take(delivery)
      if (--this.#left === 0) this.#request()
    } else if (emptyStatuses.includes(message.headers?.code ?? 0)) this.#request()
    else this.#remakeSoon(remakeMs)
  }

  #remakeSoon(afterMs: number): void {
    if (this.#isStopped) return
    clearTimeout(this.#remaking)
    this.#remaking = setTimeout(() => this.#remake(), afterMs)
  }

  async #remake(): Promise<void> {
    try {
      await this.#makeConsumer()
      this.#request()
    } catch {
      this.#remakeSoon(remakeMs)
    }
  }
}
