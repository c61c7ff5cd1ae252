import { randomUUID } from 'node:crypto'
import type { TaskReport } from '../../events/task-report.ts'
import { type EncodedReport, encodeBatch, encodedBytes, encodeReport } from './jetstream-report-batch.ts'
import { TaskQueueError } from './task-queue.ts'

/** Stores a message under an id; resolves when it is stored. */
export type StoreReports = (buildId: string, body: Buffer, messageId: string) => Promise<unknown>

/** Messages of a build are at least this far apart, in ms: the reports in between share one. */
const batchMs = 4
/** How long the news that an attempt has begun may wait for other reports, in ms: as long as people don't notice. */
const startedMsMax = 50

interface Waiting {
  readonly encoded: EncodedReport
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Sends reports in order, build by build, several in one message when there are many. */
export class ReportSender {
  readonly #store: StoreReports
  readonly #bytesMax: number
  readonly #lanes = new Map<string, Lane>()
  #isClosed = false

  /** @param bytesMax what a message may hold */
  constructor(store: StoreReports, bytesMax: number) {
    this.#store = store
    this.#bytesMax = bytesMax
  }

  report(report: TaskReport): Promise<void> {
    const { buildId } = report
    if (this.#isClosed) return Promise.reject(new TaskQueueError(`report of ${buildId}: the queue was closed`))
    let lane = this.#lanes.get(buildId)
    if (lane === undefined) {
      const store = (body: Buffer, messageId: string) => this.#store(buildId, body, messageId)
      lane = new Lane(store, this.#bytesMax, () => this.#lanes.delete(buildId))
      this.#lanes.set(buildId, lane)
    }
    return lane.add(encodeReport(report, this.#bytesMax), report.type !== 'attempt-started')
  }

  /** Takes no further reports, and resolves when all are stored or given up. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#lanes.values()].map((lane) => lane.empty()))
  }
}

/** The reports of one build; one message is under way at a time, so that they stay in order when it has to be repeated. */
class Lane {
  readonly #store: (body: Buffer, messageId: string) => Promise<unknown>
  readonly #bytesMax: number
  readonly #onEmpty: () => void
  readonly #id = randomUUID()
  #messages = 0
  #waiting: Waiting[] = []
  #isSending = false
  #lastAt = Number.NEGATIVE_INFINITY
  #dueAt = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  readonly #whenEmpty: (() => void)[] = []

  constructor(store: (body: Buffer, messageId: string) => Promise<unknown>, bytesMax: number, onEmpty: () => void) {
    this.#store = store
    this.#bytesMax = bytesMax
    this.#onEmpty = onEmpty
  }

  add(encoded: EncodedReport, isUrgent: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ encoded, resolve, reject })
      this.#sendSoon(isUrgent)
    })
  }

  empty(): Promise<void> {
    this.#sendSoon(true)
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  #sendSoon(isUrgent: boolean): void {
    if (this.#isSending) return
    const now = performance.now()
    const dueAt = isUrgent ? Math.max(now, this.#lastAt + batchMs) : now + startedMsMax
    if (dueAt >= this.#dueAt) return
    this.#dueAt = dueAt
    clearTimeout(this.#timer)
    if (dueAt > now) this.#timer = setTimeout(() => this.#send(), dueAt - now)
    // After this turn of the event loop, which may bring more.
    else setImmediate(() => this.#send())
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    clearTimeout(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#lastAt = performance.now()
    const batch = this.#takeBatch()
    try {
      await this.#store(encodeBatch(batch.map(({ encoded }) => encoded)), `${this.#id}.${++this.#messages}`)
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    this.#isSending = false
    if (this.#waiting.length > 0) return this.#sendSoon(true)
    this.#onEmpty()
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** As many as fit; the first always does. */
  #takeBatch(): readonly Waiting[] {
    let bytes = 0
    const end = this.#waiting.findIndex(({ encoded }, i) => {
      bytes += encodedBytes(encoded)
      return i > 0 && bytes > this.#bytesMax
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }
}
