import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { isUnanswered, jetStreamCode, jetStreamCodeOf, NatsError, natsTrouble } from './nats-error.ts'
import { probeStreams } from './stream-probes.ts'
import { defaultPrefix, differences, type StreamDefinition, type Streams, streams } from './streams.ts'

export interface SetupOptions {
  readonly prefix?: string
  /** Copies of each message: 1, 3 or 5. Default: what the streams have; 1 for new ones. */
  readonly replicas?: number
  /** How long one answer of the server may take, in ms. Default: 5 s. */
  readonly deadlineMs?: number
}

export interface SetupReport {
  readonly serverVersion: string
  /** Copies of each commit. */
  readonly replicas: number
  /**
   * What a stored commit survives. `process`: any crash of ours or of the server. `power`: loss of power of one server
   * too, since others have it. One server that flushes each write can't be told from outside, and counts as `process`.
   */
  readonly durability: 'process' | 'power'
  /** What is not wrong but worth knowing, a line each. */
  readonly findings: readonly string[]
}

/** A chunk of an attachment is half of it. */
export const payloadBytesMin = 1024 * 1024
const deadlineMsDefault = 5_000
/** From so many copies on, the majority that has a commit outlives one server. */
const replicasForPower = 3

/**
 * Makes the streams that are missing, brings those that are there to their definition, and probes that the server does
 * what Millrace builds on. Any number of processes may do so at once; nothing that is stored is touched. Rejects with
 * {@link NatsError}, which says what the server does not do and what mends it.
 */
export async function setupStreams(connection: NatsConnection, options: SetupOptions = {}): Promise<SetupReport> {
  const { prefix = defaultPrefix, deadlineMs = deadlineMsDefault } = options
  const payloadBytes = connection.info?.max_payload ?? 0
  if (payloadBytes < payloadBytesMin)
    throw new NatsError(
      `NATS takes messages of ${payloadBytes} bytes only; set max_payload to 1MB in its configuration`,
    )
  try {
    const manager = await jetstreamManager(connection, { timeout: deadlineMs })
    const replicas = options.replicas ?? (await replicasOf(manager, streams(prefix)))
    const wanted = streams(prefix, replicas)
    for (const definition of Object.values(wanted) as StreamDefinition[]) await keepAs(manager, definition)
    await probeStreams(connection, manager, wanted, { prefix, deadlineMs })
    const serverVersion = connection.info?.version ?? 'unknown'
    const durability = replicas >= replicasForPower ? 'power' : 'process'
    return { serverVersion, replicas, durability, findings: findings(serverVersion, replicas) }
  } catch (error) {
    if (error instanceof NatsError) throw error
    throw new NatsError(`NATS ${natsTrouble(error)}`, { cause: error })
  }
}

async function replicasOf(manager: JetStreamManager, { builds }: Streams): Promise<number> {
  return (await infoOf(manager, builds.name))?.config.num_replicas ?? 1
}

async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name)
  } catch (error) {
    if (jetStreamCodeOf(error) === jetStreamCode.streamNotFound) return undefined
    throw error
  }
}

async function keepAs(manager: JetStreamManager, definition: StreamDefinition): Promise<void> {
  const { name } = definition
  // The library adds fields to what it is given.
  const before = (await infoOf(manager, name)) ?? (await manager.streams.add({ ...definition }))
  const wrong = differences(definition, before)
  if (wrong.length === 0) return
  const left = differences(definition, await updated(manager, definition, wrong))
  if (left.length > 0) throw unlike(name, left)
}

async function updated(
  manager: JetStreamManager,
  definition: StreamDefinition,
  wrong: readonly string[],
): Promise<StreamInfo> {
  try {
    return await manager.streams.update(definition.name, { ...definition })
  } catch (error) {
    if (jetStreamCodeOf(error) === undefined || isUnanswered(error)) throw error
    throw unlike(definition.name, wrong, error)
  }
}

function unlike(name: string, differences: readonly string[], cause?: unknown): NatsError {
  const mend = 'the server does not change that: move the stream away with the nats command, and start again'
  return new NatsError(`NATS stream ${name}: ${differences.join(', ')}; ${mend}`, { cause })
}

function findings(serverVersion: string, replicas: number): string[] {
  const found: string[] = []
  if (replicas < replicasForPower)
    found.push(
      'one copy of each message: a lost disk or power cut of the server may lose commits; set 3 replicas on 3 servers',
    )
  else if (isOlder(serverVersion, 2, 12))
    found.push(`nats-server ${serverVersion} is known to lose replicated messages in rare cases; use 2.12 or newer`)
  return found
}

function isOlder(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}
