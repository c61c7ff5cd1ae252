import { randomUUID } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { NatsError, natsTrouble } from './nats-error.ts'
import { defaultPrefix, streams } from './streams.ts'

export interface HealthOptions {
  readonly prefix?: string
}

/**
 * Stores a message and reads it back, since a server whose disk is full may hang while it calls itself healthy. Resolves
 * with the time that took, in ms; rejects with {@link NatsError} when it does not work within `deadlineMs`.
 */
export async function jetStreamHealth(
  connection: NatsConnection,
  deadlineMs: number,
  { prefix = defaultPrefix }: HealthOptions = {},
): Promise<number> {
  const startMs = performance.now()
  const leftMs = () => Math.max(1, Math.ceil(startMs + deadlineMs - performance.now()))
  const text = randomUUID()
  const subject = `${prefix}.probes.health.${text}`
  const { name } = streams(prefix).probes
  try {
    const { seq } = await jetstream(connection, { timeout: leftMs() }).publish(subject, text)
    const manager = await jetstreamManager(connection, { timeout: leftMs(), checkAPI: false })
    const stored = await manager.streams.getMessage(name, { seq })
    if (stored?.string() !== text) throw new NatsError('NATS: a message is not what was stored; check its disk')
    return performance.now() - startMs
  } catch (error) {
    if (error instanceof NatsError) throw error
    throw new NatsError(`NATS: no message was stored within ${deadlineMs} ms: it ${natsTrouble(error)}`, {
      cause: error,
    })
  }
}
