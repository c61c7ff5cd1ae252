import { randomUUID } from 'node:crypto'
import { type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream'
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { isWrongLastSequence, NatsError } from './nats-error.ts'
import type { Streams } from './streams.ts'

export interface ProbeOptions {
  readonly prefix: string
  /** How long one answer of the server may take, in ms. */
  readonly deadlineMs: number
}

/** Where one round of probes writes. */
interface Scratch {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly stream: string
  /** Subjects begin with it. */
  readonly subject: string
}

/**
 * Tries out, on scratch subjects that are removed again, what Millrace builds on: a server that ignores a header says
 * nothing, so its version is no proof. Rejects with {@link NatsError} for what it does not do, and with the library's own
 * errors when it does not answer.
 */
export async function probeStreams(
  connection: NatsConnection,
  manager: JetStreamManager,
  { probes }: Streams,
  { prefix, deadlineMs }: ProbeOptions,
): Promise<void> {
  const round = randomUUID()
  const client = jetstream(connection, { timeout: deadlineMs })
  const scratch: Scratch = { client, manager, stream: probes.name, subject: `${prefix}.probes.${round}` }
  const announced = connection.subscribe(`${prefix}.probed.${round}.*`, { max: 1, timeout: deadlineMs })
  const announcement = isHeard(announced)
  try {
    await probeRoundTrip(scratch)
    await probeSecondWriter(scratch)
    await probeMessageIds(scratch)
    await probeAnnouncement(announcement)
  } finally {
    announced.unsubscribe()
    await manager.streams.purge(scratch.stream, { filter: `${scratch.subject}.*` })
  }
}

async function probeRoundTrip({ client, manager, stream, subject }: Scratch): Promise<void> {
  const { seq } = await client.publish(`${subject}.created`, 'first', { expect: { lastSubjectSequence: 0 } })
  const stored = await manager.streams.getMessage(stream, { seq })
  const latest = await manager.streams.getMessage(stream, { last_by_subj: `${subject}.*` })
  if (stored?.string() !== 'first' || latest?.seq !== seq) throw lacking('gives back what it stored')
}

/** Two writers at once, then a late one. */
async function probeSecondWriter({ client, subject }: Scratch): Promise<void> {
  const create = (text: string) => client.publish(`${subject}.raced`, text, { expect: { lastSubjectSequence: 0 } })
  const raced = await Promise.allSettled([create('one'), create('two')])
  const late = await Promise.allSettled([create('three')])
  const refusals = [...raced, ...late].filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  const unexpected = refusals.find(({ reason }) => !isWrongLastSequence(reason))
  if (unexpected !== undefined) throw unexpected.reason
  if (refusals.length !== 2) throw lacking('refuses a second writer of one subject (expected last subject sequence 0)')
}

async function probeMessageIds({ client, subject }: Scratch): Promise<void> {
  const once = () => client.publish(`${subject}.once`, '', { msgID: subject })
  const [first, again] = [await once(), await once()]
  if (first.duplicate || !again.duplicate || first.seq !== again.seq)
    throw lacking('recognizes a message id it has seen')
}

async function probeAnnouncement(announcement: Promise<boolean>): Promise<void> {
  if (!(await announcement)) throw lacking('announces what it stored (republish)')
}

/** Whether a message comes before the subscription's own deadline. */
async function isHeard(subscription: Subscription): Promise<boolean> {
  try {
    for await (const _ of subscription) return true
  } catch {
    // The deadline is over.
  }
  return false
}

function lacking(what: string): NatsError {
  return new NatsError(`NATS: this server does not do what it must, it never ${what}; use nats-server 2.9.10 or newer`)
}
