import { type JetStreamManager, jetstream } from '@nats-io/jetstream'
import { type KV, type KvEntry, Kvm } from '@nats-io/kv'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { leaseBucket } from '../nats/streams.ts'
import type { LeaseHolder } from './lease-store.ts'
import type { ObservedLease } from './observed-leases.ts'

/** What is left of a lease that was given back is swept away after so long, in ms by the server's clock. */
const sweptAfterMs = 3_600_000

export interface KvLeaseOptions {
  readonly connection: NatsConnection
  readonly prefix: string
  /** How long one answer of the server may take. */
  readonly answerMs: number
}

/** The leases of a key-value bucket: reading, comparing and setting. Rejects with the library's errors. */
export class KvLeaseEntries {
  readonly #connection: NatsConnection
  readonly #prefix: string
  readonly #answerMs: number
  readonly #bucket: KV
  readonly #manager: JetStreamManager

  private constructor({ connection, prefix, answerMs }: KvLeaseOptions, bucket: KV, manager: JetStreamManager) {
    this.#answerMs = answerMs
    this.#connection = connection
    this.#prefix = prefix
    this.#bucket = bucket
    this.#manager = manager
  }

  static async open(options: KvLeaseOptions): Promise<KvLeaseEntries> {
    const { connection, prefix, answerMs } = options
    const client = jetstream(connection, { timeout: answerMs })
    const manager = await client.jetstreamManager(false)
    await manager.streams.info(streamOf(prefix))
    // Never direct: a copy of the bucket that lags would tell of a former holder.
    const bucket = await new Kvm(client).open(leaseBucket(prefix), { allow_direct: false })
    return new KvLeaseEntries(options, bucket, manager)
  }

  async get(key: string): Promise<ObservedLease | undefined> {
    const entry = await this.#bucket.get(entryName(key))
    return entry === null ? undefined : leaseOf(entry)
  }

  /** Returns the revision; rejects with a wrong last sequence when somebody else was first. */
  create(key: string, holder: LeaseHolder): Promise<number> {
    return this.#bucket.create(entryName(key), JSON.stringify(holder))
  }

  /** As {@link create}, in place of a revision. */
  replace(key: string, holder: LeaseHolder, revision: number, answerMs = this.#answerMs): Promise<number> {
    return this.#bucket.update(entryName(key), JSON.stringify(holder), revision, answerMs)
  }

  remove(key: string, revision: number): Promise<void> {
    return this.#bucket.delete(entryName(key), { previousSeq: revision })
  }

  /** Every lease, and those that were given back not long ago. No consumer is made, which the server would keep for minutes. */
  async all(): Promise<ObservedLease[]> {
    const subjects = `$KV.${leaseBucket(this.#prefix)}.`
    const { state } = await this.#manager.streams.info(streamOf(this.#prefix), { subjects_filter: `${subjects}>` })
    const names = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(subjects.length))
    const entries = await Promise.all(names.map((name) => this.#bucket.get(name)))
    return entries.flatMap((entry) => {
      if (entry === null) return []
      const lease = leaseOf(entry)
      if (lease.holder === undefined && Date.now() - entry.created.getTime() > sweptAfterMs) this.#sweep(entry)
      return [lease]
    })
  }

  /** Calls with each change, once it is stored. */
  listen(onChange: (lease: ObservedLease) => void): Subscription {
    const subject = `${this.#prefix}.leases.`
    return this.#connection.subscribe(`${subject}>`, {
      callback: (error, message) => {
        if (error !== null) return
        const key = keyOf(message.subject.slice(subject.length))
        const revision = Number(message.headers?.get('Nats-Sequence'))
        onChange({ key, revision, holder: announcedHolder(message) })
      },
    })
  }

  #sweep({ key, revision }: KvEntry): void {
    const filter = `$KV.${leaseBucket(this.#prefix)}.${key}`
    this.#manager.streams.purge(streamOf(this.#prefix), { filter, seq: revision + 1 }).catch(() => {})
  }
}

function streamOf(prefix: string): string {
  return `KV_${leaseBucket(prefix)}`
}

function leaseOf(entry: KvEntry): ObservedLease {
  const holder = entry.operation === 'PUT' ? parsedHolder(entry) : undefined
  return { key: keyOf(entry.key), revision: entry.revision, holder }
}

function announcedHolder(message: Msg): LeaseHolder | undefined {
  return message.headers?.has('KV-Operation') ? undefined : parsedHolder(message)
}

/** Undefined, as if nobody held it, for text that no lease store wrote. */
function parsedHolder(message: Pick<Msg, 'json'>): LeaseHolder | undefined {
  try {
    return message.json<LeaseHolder>()
  } catch {
    return undefined
  }
}

/** A bucket's keys may not have every character: others are written as `=` and two hex digits a byte. */
function entryName(key: string): string {
  return encodeURIComponent(key)
    .replaceAll(/[!~*'().]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replaceAll('%', '=')
}

function keyOf(name: string): string {
  return decodeURIComponent(name.replaceAll('=', '%'))
}
