import type { Consumer, ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import type { TaskReport } from '../../events/task-report.ts'
import type { PatientCalls } from './jetstream-patient-calls.ts'
import { decodeBatch } from './jetstream-report-batch.ts'

export interface ReaderOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly calls: PatientCalls
  readonly stream: string
  readonly subject: string
  readonly absorb: (report: TaskReport) => void
  readonly onMalformed: (subject: string) => void
}

/** Messages that are asked for at once. */
const messagesMax = 500
/** A consumer that the server says nothing about for twice as long is looked for, in ms. */
const heartbeatMs = 5_000
const requestMs = 30_000
/** A reading that ended is begun again after this time, in ms. */
const reopenMs = 250
/** What is in the log is purged so often, in ms. */
const purgeMs = 500

/** Reads the reports of a build in the order stored, for as long as it is not stopped. */
export class ReportReader {
  readonly #options: ReaderOptions
  readonly #stopWatching: () => void
  #messages: ConsumerMessages | undefined
  #endPause: (() => void) | undefined
  #isStopped = false
  /** Numbers in the stream of the last message handed out whole, the last in the log, and the last purged. */
  #handed = 0
  #absorbed = 0
  #purged = 0
  #purging: NodeJS.Timeout | undefined

  constructor(options: ReaderOptions) {
    this.#options = options
    // Its consumer is likely gone with the server's memory, which the library notices late.
    this.#stopWatching = options.calls.onReturn(() => void this.#messages?.close())
    void this.#read()
  }

  /** What was handed out so far is not needed any longer. */
  absorbed(): void {
    this.#absorbed = this.#handed
    if (this.#absorbed > this.#purged && this.#purging === undefined && !this.#isStopped)
      this.#purging = setTimeout(() => this.#purge(), purgeMs)
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#stopWatching()
    this.#endPause?.()
    void this.#messages?.close()
    void this.#purge()
  }

  async #read(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const consumer = await this.#open()
        const pull = { max_messages: messagesMax, expires: requestMs, idle_heartbeat: heartbeatMs }
        this.#messages = await consumer.consume(pull)
        if (this.#isStopped) void this.#messages.close()
        for await (const message of this.#messages) this.#hand(message)
        // Without it the server keeps it for five minutes more.
        consumer.delete().catch(() => {})
      } catch {
        // The server is away, or the stream: what is stored is still to be read when it is back.
      }
      if (!this.#isStopped) await this.#pause()
    }
  }

  #open(): Promise<Consumer> {
    const { client, manager, calls, stream, subject } = this.#options
    return calls.call(subject, Number.POSITIVE_INFINITY, async () => {
      const { state } = await manager.streams.info(stream)
      // The server has lost messages, or the stream was made anew: what is there may not have been handed out.
      if (state.last_seq < this.#handed) this.#handed = this.#absorbed = this.#purged = 0
      const from = this.#handed === 0 ? {} : { opt_start_seq: this.#handed + 1 }
      return client.consumers.get(stream, { filter_subjects: subject, ...from })
    })
  }

  #hand(message: JsMsg): void {
    if (this.#isStopped || message.seq <= this.#handed) return
    const { absorb, onMalformed, subject } = this.#options
    const reports = decodeBatch(message.data)
    if (reports === undefined) onMalformed(subject)
    for (const report of reports ?? []) {
      if (this.#isStopped) return
      try {
        absorb(report)
      } catch (error) {
        // A mistake of the program, which must not pass for one of the connection.
        queueMicrotask(() => {
          throw error
        })
      }
    }
    this.#handed = message.seq
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, reopenMs)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** What fails here is done with the next. */
  async #purge(): Promise<void> {
    clearTimeout(this.#purging)
    this.#purging = undefined
    const upTo = this.#absorbed
    if (upTo <= this.#purged) return
    const { manager, stream, subject } = this.#options
    try {
      await manager.streams.purge(stream, { filter: subject, seq: upTo + 1 })
      this.#purged = upTo
    } catch {
      // The stream drops it by age.
    }
  }
}
