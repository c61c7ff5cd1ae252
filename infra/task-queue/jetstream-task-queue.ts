import { randomUUID } from 'node:crypto'
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { sha256Hex } from '../../events/digest.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { TaskReport } from '../../events/task-report.ts'
import { traceparentOf } from '../../events/trace-context.ts'
import { streams } from '../nats/streams.ts'
import { encodeOrder } from './jetstream-body.ts'
import { OrderPuller } from './jetstream-order-puller.ts'
import { OrderTaker } from './jetstream-order-taker.ts'
import { PatientCalls } from './jetstream-patient-calls.ts'
import { ReportReader } from './jetstream-report-reader.ts'
import { ReportSender } from './jetstream-report-sender.ts'
import { QueueSubjects } from './jetstream-subjects.ts'
import { type TaskConsumer, type TaskQueue, TaskQueueError } from './task-queue.ts'

export interface JetStreamTaskQueueOptions {
  /** Stays open when the queue is closed. */
  readonly connection: NatsConnection
  /** Pool of orders that name none, and of this worker. */
  readonly pool: string
  /** A worker's own name: it takes the orders for it, and orders that name no worker go to it. */
  readonly workerId?: string
  /** That of the streams. */
  readonly prefix?: string
  /** How long an order may wait for the server, in ms. */
  readonly deadlineMs?: number
  /** For how long an order that a worker says nothing about is not delivered again, in ms. */
  readonly ackWaitMs?: number
  /** Told of each message of others that was none of ours. */
  readonly onMalformed?: (subject: string) => void
}

const deadlineMsDefault = 30_000
/** Three signs of life. */
const ackWaitMsDefault = 15_000
/** How long reports may hold up the end of the queue, in ms; the orders of those lost are delivered again. */
const closeMsMax = 10_000
/** What the server counts to a message besides its body, at most, in bytes. */
const headerBytesMax = 2 << 10

/** Opens the queue on streams that are there. Rejects with {@link TaskQueueError}. */
export async function openJetStreamTaskQueue(options: JetStreamTaskQueueOptions): Promise<TaskQueue> {
  const { connection, deadlineMs = deadlineMsDefault } = options
  const calls = new PatientCalls(connection)
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const { tasks, results } = streams(options.prefix)
    for (const { name } of [tasks, results])
      await calls.call(`stream ${name}`, deadlineMs, () => manager.streams.info(name))
    return new JetStreamTaskQueue(options, calls, manager)
  } catch (error) {
    calls.close()
    throw error
  }
}

interface OrderMessage {
  readonly subject: string
  readonly body: Buffer
  readonly headers: MsgHdrs
}

/** What workers are told about a build whose orders were taken out of the stream. */
interface Withdrawal {
  readonly type: 'withdraw' | 'stop'
  /** Number in the stream up to which its orders are void. */
  readonly upTo: number
}

/** Orders and reports on JetStream, for a coordinator (without `workerId`) or a worker. */
class JetStreamTaskQueue implements TaskQueue {
  readonly #options: JetStreamTaskQueueOptions
  readonly #deadlineMs: number
  readonly #subjects: QueueSubjects
  readonly #tasksStream: string
  readonly #resultsStream: string
  readonly #calls: PatientCalls
  readonly #manager: JetStreamManager
  readonly #client: JetStreamClient
  readonly #bodyBytesMax: number
  readonly #sender: ReportSender
  readonly #readers = new Map<string, Set<ReportReader>>()
  #taker: OrderTaker | undefined
  #control: Subscription | undefined
  #isClosed = false

  constructor(options: JetStreamTaskQueueOptions, calls: PatientCalls, manager: JetStreamManager) {
    this.#options = options
    this.#deadlineMs = options.deadlineMs ?? deadlineMsDefault
    this.#subjects = new QueueSubjects(options.prefix)
    const { tasks, results } = streams(options.prefix)
    this.#tasksStream = tasks.name
    this.#resultsStream = results.name
    this.#calls = calls
    this.#manager = manager
    this.#client = jetstream(options.connection)
    this.#bodyBytesMax = options.connection.info!.max_payload - headerBytesMax
    const store = (buildId: string, body: Buffer, msgID: string) =>
      calls.call(`reports of ${buildId}`, Number.POSITIVE_INFINITY, (_, timeout) =>
        this.#client.publish(this.#subjects.reports(buildId), body, { msgID, timeout }),
      )
    this.#sender = new ReportSender(store, this.#bodyBytesMax)
  }

  async publish(order: TaskOrder): Promise<void> {
    const { buildId, task, attempt, pool = this.#options.pool, worker = this.#options.workerId } = order
    const name = `order of task ${task} of ${buildId}`
    if (this.#isClosed) throw new TaskQueueError(`${name}: the queue was closed`)
    if (worker === undefined) throw new TaskQueueError(`${name}: it names no worker`)
    const subject = this.#subjects.orders(pool, worker, buildId)
    const body = encodeOrder(order)
    if (body.length > this.#bodyBytesMax) {
      const bytes = `it has ${body.length} bytes and NATS takes ${this.#bodyBytesMax}`
      throw new TaskQueueError(`${name}: ${bytes}; raise max_payload in the server's configuration`)
    }
    const id = `${buildId}.${task}.${attempt}.${sha256Hex(body).slice(0, 16)}`
    const message = { subject, body, headers: traceHeaders(order) }
    if (await this.#storeOrder(name, message, id)) return
    // The same order was withdrawn or has ended a moment ago, and the server still knows its id.
    await this.#storeOrder(name, message, `${id}.${randomUUID()}`)
  }

  consume(slots: number, run: (order: TaskOrder, signal: AbortSignal) => Promise<void>): TaskConsumer {
    this.#taker ??= this.#openTaker()
    return this.#taker.consume(slots, run)
  }

  async report(report: TaskReport): Promise<void> {
    await this.#sender.report(report)
  }

  onReport(buildId: string, absorb: (report: TaskReport) => void): () => void {
    const reader = new ReportReader({
      client: this.#client,
      manager: this.#manager,
      calls: this.#calls,
      stream: this.#resultsStream,
      subject: this.#subjects.reports(buildId),
      absorb,
      onMalformed: (subject) => this.#options.onMalformed?.(subject),
    })
    const readers = this.#readers.get(buildId) ?? new Set()
    this.#readers.set(buildId, readers.add(reader))
    return () => {
      reader.stop()
      readers.delete(reader)
      if (readers.size === 0 && this.#readers.get(buildId) === readers) this.#readers.delete(buildId)
    }
  }

  absorbed(buildId: string): void {
    for (const reader of this.#readers.get(buildId) ?? []) reader.absorbed()
  }

  /** Nothing is held back here: a coordinator publishes only about as many orders as there are free slots. */
  goOn(): void {}

  withdraw(buildId: string): Promise<void> {
    return this.#takeBack(buildId, 'withdraw')
  }

  stop(buildId: string): Promise<void> {
    return this.#takeBack(buildId, 'stop')
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const late = setTimeout(() => this.#calls.close(), closeMsMax)
    await this.#taker?.close()
    await this.#sender.close()
    clearTimeout(late)
    for (const readers of this.#readers.values()) for (const reader of readers) reader.stop()
    this.#control?.unsubscribe()
    this.#calls.close()
  }

  /** Resolves to `false` when the server has had an order of this id and has it no more. */
  #storeOrder(name: string, { subject, body, headers }: OrderMessage, msgID: string): Promise<boolean> {
    return this.#calls.call(name, this.#deadlineMs, async (isFirst, timeout) => {
      const { duplicate, seq } = await this.#client.publish(subject, body, { msgID, timeout, headers })
      if (!duplicate || !isFirst) return true
      return (await this.#manager.streams.getMessage(this.#tasksStream, { seq })) !== null
    })
  }

  async #takeBack(buildId: string, type: Withdrawal['type']): Promise<void> {
    const { connection } = this.#options
    const upTo = await this.#calls.call(`orders of ${buildId}`, this.#deadlineMs, async () => {
      await this.#manager.streams.purge(this.#tasksStream, { filter: this.#subjects.ordersOf(buildId) })
      return (await this.#manager.streams.info(this.#tasksStream)).state.last_seq
    })
    const withdrawal: Withdrawal = { type, upTo }
    await this.#calls.call(`workers of ${buildId}`, this.#deadlineMs, () => {
      connection.publish(this.#subjects.control(buildId), JSON.stringify(withdrawal))
      return connection.flush()
    })
  }

  #openTaker(): OrderTaker {
    const { connection, pool, workerId, ackWaitMs = ackWaitMsDefault, onMalformed } = this.#options
    if (workerId === undefined) throw new TaskQueueError('this queue takes no orders; open it with a workerId')
    const source = {
      stream: this.#tasksStream,
      name: `${pool}=${workerId}`,
      filter: this.#subjects.orders(pool, workerId, '*'),
      ackWaitMs,
    }
    const taker = new OrderTaker({
      pull: (take) => new OrderPuller({ connection, manager: this.#manager, calls: this.#calls, ...source }, take),
      keepMs: ackWaitMs / 3,
      onMalformed: (subject) => onMalformed?.(subject),
    })
    this.#calls.onReturn(() => taker.forgetWithdrawn())
    this.#control = connection.subscribe(this.#subjects.control('*'), {
      callback: (error, message) => {
        if (error !== null) return
        const withdrawal = withdrawalOf(message.string())
        if (withdrawal === undefined) return onMalformed?.(message.subject)
        const { type, upTo } = withdrawal
        taker.withdraw(message.subject.split('.').at(-1)!, upTo, type === 'stop')
      },
    })
    return taker
  }
}

/** The span of the trace that the order's command runs in. */
function traceHeaders({ buildId, task, attempt }: TaskOrder): MsgHdrs {
  const found = headers()
  found.set('traceparent', traceparentOf(buildId, task, attempt))
  return found
}

function withdrawalOf(text: string): Withdrawal | undefined {
  try {
    const { type, upTo } = JSON.parse(text) as Partial<Withdrawal>
    if ((type === 'stop' || type === 'withdraw') && Number.isSafeInteger(upTo)) return { type, upTo: upTo! }
  } catch {
    // It is none of ours.
  }
  return undefined
}
