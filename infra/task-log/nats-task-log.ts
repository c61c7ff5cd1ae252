import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { defaultPrefix } from '../nats/streams.ts'
import { LogBudget, type LogLimits, logLimitsDefault } from './log-budget.ts'
import type { TaskLog } from './task-log.ts'

export interface NatsTaskLogOptions {
  /** Stays open when the log is closed. */
  readonly connection: NatsConnection
  readonly prefix?: string
  readonly limits?: LogLimits
}

/** Who follows a build says so so often, in ms. */
const followingMs = 2_000
/** A build that nobody has said so of for so long is followed by nobody, in ms. */
const followedMsMax = 5_000
/** Part of a piece that goes into one message, in bytes. */
const messageBytesMax = 32 << 10
/** The server ends a connection that sends it a longer line than 4 KB: tasks with such ids are not looked on. */
const subjectBytesMax = 3 << 10

/**
 * Pieces on core NATS: `<prefix>.logs.<buildId>.<task id in base64url>`. Who follows a build says so on
 * `<prefix>.logs-wanted.<buildId>`, again and again: pieces of other builds are not sent.
 */
export class NatsTaskLog implements TaskLog {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #wanted: string
  readonly #budget: LogBudget
  /** Build to when it was last wanted, in ms of `performance.now()`. */
  readonly #followed = new Map<string, number>()
  readonly #wishes: Subscription

  constructor({ connection, prefix = defaultPrefix, limits = logLimitsDefault }: NatsTaskLogOptions) {
    this.#connection = connection
    this.#subject = `${prefix}.logs`
    this.#wanted = `${prefix}.logs-wanted`
    this.#budget = new LogBudget(limits)
    this.#wishes = connection.subscribe(`${this.#wanted}.*`, {
      callback: (error, { subject }) => {
        if (error === null) this.#noteWish(subject.slice(this.#wanted.length + 1))
      },
    })
  }

  send(buildId: string, taskId: string, piece: Uint8Array): void {
    if (piece.length === 0 || this.#connection.isClosed()) return
    const now = performance.now()
    if (now - (this.#followed.get(buildId) ?? Number.NEGATIVE_INFINITY) > followedMsMax) return
    const subject = `${this.#subject}.${buildId}.${Buffer.from(taskId).toString('base64url')}`
    if (subject.length > subjectBytesMax) return
    const bytes = this.#budget.spend(`${buildId} ${taskId}`, piece.length, now)
    for (let at = 0; at < bytes; at += messageBytesMax)
      this.#connection.publish(subject, Uint8Array.from(piece.subarray(at, Math.min(bytes, at + messageBytesMax))))
  }

  follow(buildId: string, onPiece: (taskId: string, piece: Uint8Array) => void): () => void {
    const connection = this.#connection
    const pieces = connection.subscribe(`${this.#subject}.${buildId}.*`, {
      callback: (error, { subject, data }) => {
        if (error !== null) return
        const taskId = Buffer.from(subject.slice(subject.lastIndexOf('.') + 1), 'base64url').toString()
        onPiece(taskId, Uint8Array.from(data))
      },
    })
    const want = () => {
      if (!connection.isClosed()) connection.publish(`${this.#wanted}.${buildId}`)
    }
    const wanting = setInterval(want, followingMs)
    want()
    return () => {
      clearInterval(wanting)
      if (!connection.isClosed()) pieces.unsubscribe()
    }
  }

  /** Sends nothing more. */
  close(): void {
    if (!this.#connection.isClosed()) this.#wishes.unsubscribe()
    this.#followed.clear()
  }

  #noteWish(buildId: string): void {
    const now = performance.now()
    this.#followed.delete(buildId)
    this.#followed.set(buildId, now)
    for (const [oldest, at] of this.#followed) {
      if (now - at <= followedMsMax) break
      this.#followed.delete(oldest)
    }
  }
}
