import { setTimeout as delay } from 'node:timers/promises'
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { isNatsTrouble, isUnanswered, NatsError, natsTrouble } from '../nats/nats-error.ts'
import { defaultPrefix, type Streams, streams } from '../nats/streams.ts'
import { EventLogError } from './event-log.ts'

export interface JetStreamOptions {
  /** Stays open when the log is closed. */
  readonly connection: NatsConnection
  /** Of subjects and streams. Default: `millrace`. */
  readonly prefix?: string
  /** How long to go on asking a server that does not answer, in ms. Default: 30 s. */
  readonly deadlineMs?: number
  /** How long one answer may take before the server is asked again, in ms. Default: 2 s. */
  readonly answerMs?: number
}

const answerMsDefault = 2_000
/** Pause before a server without an answer is asked again, in ms. */
const retryMs = 100
const deadlineMsDefault = 30_000

/** The way to a log's streams, with the patience to ask again. */
export interface JetStreamAccess {
  readonly connection: NatsConnection
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly streams: Streams
  readonly prefix: string
  readonly deadlineMs: number
}

export async function jetStreamAccess(options: JetStreamOptions): Promise<JetStreamAccess> {
  const { connection, prefix = defaultPrefix, deadlineMs = deadlineMsDefault } = options
  const timeout = Math.min(options.answerMs ?? answerMsDefault, deadlineMs)
  return {
    connection,
    client: jetstream(connection, { timeout }),
    manager: await jetstreamManager(connection, { timeout, checkAPI: false }),
    streams: streams(prefix),
    prefix,
    deadlineMs,
  }
}

/**
 * Does `work`, which may be done twice, again and again as long as it gets no answer and the deadline is not over; `attempt`
 * counts from 0. Rejects with {@link EventLogError} for trouble with NATS.
 */
export async function answered<Result>(
  { deadlineMs }: Pick<JetStreamAccess, 'deadlineMs'>,
  work: (attempt: number) => Promise<Result>,
): Promise<Result> {
  const endMs = performance.now() + deadlineMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (!isUnanswered(error) || performance.now() + retryMs > endMs) throw translated(error)
    }
    await delay(retryMs)
  }
}

/** Changes with each connection that is made again, and with each start of the server. */
export function connectionId({ connection }: Pick<JetStreamAccess, 'connection'>): string {
  return `${connection.info?.server_id}/${connection.info?.client_id}`
}

/** What is no trouble with NATS stays what it is. */
export function translated(error: unknown): unknown {
  if (error instanceof NatsError) return new EventLogError(`event log: ${error.message}`, { cause: error })
  if (!isNatsTrouble(error)) return error
  return new EventLogError(`event log: NATS ${natsTrouble(error)}`, { cause: error })
}
