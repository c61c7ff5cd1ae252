import { setTimeout as delay } from 'node:timers/promises'
import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamError,
  type JsMsg,
} from '@nats-io/jetstream'
import { errors, nanos, nuid } from '@nats-io/transport-node'
import { isUnanswered, jetStreamCode, jetStreamCodeOf } from '../nats/nats-error.ts'
import { type JetStreamAccess, translated } from './jetstream-access.ts'

/** Bounds what a reader holds in memory: so many messages of at most 256 KiB. */
const messagesAhead = 500
/** A consumer whose reader has gone is removed by the server after this time, in ms. */
const inactiveMs = 30_000
/** One request for messages; the library notices after as long that the server forgot the consumer, in ms. */
const pullMs = 2_000
const retryMs = 100

/**
 * The messages of the commits' stream from a sequence number on, in order and each once; with `filter` only those of its
 * subjects. Never ends by itself: break off when you have what you want. Goes on behind a restart of the server; rejects
 * with `EventLogError` when none came for as long as the deadline says, though one was asked for.
 */
export async function* messagesFrom(
  access: JetStreamAccess,
  sequence: number,
  filter?: string,
): AsyncGenerator<JsMsg, void> {
  let next = sequence
  let heardMs = performance.now()
  for (;;) {
    let consumer: Consumer | undefined
    try {
      consumer = await consumerAt(access, next, filter)
      const messages = await consumer.consume({
        max_messages: messagesAhead,
        expires: pullMs,
        abort_on_missing_resource: true,
      })
      const stopWatching = stopWhenSilent(messages, access.deadlineMs, () => heardMs)
      try {
        let delivered = 0
        for await (const message of messages) {
          // One got lost on the way: begin again behind the last that came.
          if (message.info.deliverySequence !== ++delivered) break
          next = message.seq + 1
          heardMs = Number.POSITIVE_INFINITY
          yield message
          heardMs = performance.now()
        }
      } finally {
        stopWatching()
      }
    } catch (error) {
      const isOver = performance.now() - heardMs + retryMs > access.deadlineMs
      if (isOver || !(isUnanswered(error) || isConsumerLost(error))) throw translated(error)
    } finally {
      consumer?.delete().catch(() => {})
    }
    await delay(retryMs)
  }
}

async function consumerAt(access: JetStreamAccess, sequence: number, filter?: string): Promise<Consumer> {
  const { client, manager, streams } = access
  const info = await manager.consumers.add(streams.builds.name, {
    name: `reader-${nuid.next()}`,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
    ...(filter === undefined ? {} : { filter_subject: filter }),
  })
  return client.consumers.getConsumerFromInfo(info)
}

function stopWhenSilent(messages: ConsumerMessages, deadlineMs: number, heardMs: () => number): () => void {
  const timer = setInterval(
    () => {
      if (performance.now() - heardMs() > deadlineMs) messages.stop(new errors.TimeoutError())
    },
    Math.min(1_000, deadlineMs),
  )
  return () => clearInterval(timer)
}

/** The server removed it, or lost it in a restart. */
function isConsumerLost(error: unknown): boolean {
  return error instanceof JetStreamError || jetStreamCodeOf(error) === jetStreamCode.consumerNotFound
}
