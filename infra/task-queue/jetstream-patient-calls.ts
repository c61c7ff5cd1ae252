import { errors, type NatsConnection } from '@nats-io/transport-node'
import { isUnanswered, natsTrouble } from '../nats/nats-error.ts'
import { TaskQueueError } from './task-queue.ts'

/** A call that failed for want of a server is made again after this time, in ms; at once when the connection is back. */
const retryMs = 100
/** How long one attempt may take, in ms. */
const attemptMsMax = 2_000

type Attempt<T> = (isFirst: boolean, timeoutMs: number) => Promise<T>

/** Calls of the server that outlast its absence. What is called must do no harm when it is done twice. */
export class PatientCalls {
  readonly #connection: NatsConnection
  /** What to do when the connection is back. */
  readonly #atReturn = new Set<() => void>()
  #isClosed = false

  constructor(connection: NatsConnection) {
    this.#connection = connection
    void this.#watch()
  }

  /**
   * Calls until there is an answer. Rejects with {@link TaskQueueError} after `deadlineMs`, or when the answer is no.
   *
   * @param attempt is told whether it is the first, and how long it may take in ms
   */
  async call<T>(what: string, deadlineMs: number, attempt: Attempt<T>): Promise<T> {
    const endMs = performance.now() + deadlineMs
    for (let isFirst = true; ; isFirst = false) {
      try {
        const timeoutMs = Math.max(1, Math.min(attemptMsMax, endMs - performance.now()))
        return await this.#orReturn(() => attempt(isFirst, timeoutMs))
      } catch (error) {
        if (!isPassing(error)) throw new TaskQueueError(`${what}: NATS ${natsTrouble(error)}`, { cause: error })
        if (this.#isClosed) throw new TaskQueueError(`${what}: the queue was closed; start again`, { cause: error })
        if (performance.now() + retryMs > endMs)
          throw new TaskQueueError(
            `${what}: no answer within ${deadlineMs / 1000} s; see that NATS runs with JetStream (nats-server -js)`,
            { cause: error },
          )
        await this.#orReturn(() => new Promise((resolve) => setTimeout(resolve, retryMs))).catch(() => {})
      }
    }
  }

  /** Calls back whenever the connection was lost and is back; the returned function ends that. */
  onReturn(callback: () => void): () => void {
    this.#atReturn.add(callback)
    return () => this.#atReturn.delete(callback)
  }

  /** Calls that wait for the server are given up. */
  close(): void {
    this.#isClosed = true
    for (const callback of this.#atReturn) callback()
  }

  /** What was sent before the connection was lost may never be answered: its return ends the waiting. */
  #orReturn<T>(attempt: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.onReturn(() => {
        stop()
        reject(new errors.RequestError('the connection was lost'))
      })
      attempt().then(resolve, reject).finally(stop)
    })
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status())
      if (type === 'reconnect' || type === 'close') for (const callback of [...this.#atReturn]) callback()
  }
}

/** Whether the same call may well be answered later. */
function isPassing(error: unknown): boolean {
  return isUnanswered(error) && !(error instanceof errors.ClosedConnectionError)
}
