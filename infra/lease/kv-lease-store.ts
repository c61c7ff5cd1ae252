import { isDeepStrictEqual } from 'node:util'
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { isNatsTrouble, isWrongLastSequence, natsTrouble } from '../nats/nats-error.ts'
import { defaultPrefix } from '../nats/streams.ts'
import { KvLeaseEntries } from './kv-lease-entries.ts'
import type { Acquired, HeldByOther, KnownLease, LapsingLeases, LeaseHolder } from './lease-store.ts'
import { LeaseStoreError } from './lease-store-error.ts'
import { ObservedLeases } from './observed-leases.ts'

export interface KvLeaseStoreOptions {
  /** Stays open when the store is closed. */
  readonly connection: NatsConnection
  readonly prefix?: string
  /** How often a holder renews what it holds. Default: 1 s. */
  readonly renewMs?: number
  /** How long a holder must be silent until others may take its lease. Default: 4 s. */
  readonly lapseMs?: number
  /** How long one answer of the server may take, in ms; for a renewal a quarter of the lapse at most. Default: 5 s. */
  readonly answerMs?: number
}

/** A lease that nobody holds any more. It is a hint: another process may have taken it already. */
export interface FreeLease {
  readonly key: string
  readonly reason: 'lapsed' | 'released'
}

const renewMsDefault = 1_000
const lapseMsDefault = 4_000
const answerMsDefault = 5_000
/** Looks at the clock so often in the time that a lease takes to lapse. */
const ticksPerLapse = 16
/** A renewal whose answer got lost is tried again so often before the lease is. */
const answersPerLapse = 4
/** A lease changes hands at most so often while it is being acquired. */
const attemptsMax = 5

/** A lease that this store renews. */
interface Held {
  readonly key: string
  holder: LeaseHolder
  revision: number
  /** When the last renewal that was stored was sent, by the monotonic clock: others may take it so long after this. */
  renewedMs: number
  /** When the last renewal was sent. */
  triedMs: number
  /** When the first renewal was sent that got no answer since the last one that did. */
  unansweredMs: number | undefined
}

/**
 * Opens the leases of a NATS server whose streams are set up. A store renews what was acquired through it until it is
 * released or the store is closed; then, as when its process ends, the lease lapses. Rejects with {@link LeaseStoreError}.
 */
export async function openKvLeaseStore(options: KvLeaseStoreOptions): Promise<KvLeaseStore> {
  const { connection, prefix = defaultPrefix, renewMs = renewMsDefault, lapseMs = lapseMsDefault } = options
  if (lapseMs < 2 * renewMs)
    throw new RangeError('a lease must be renewed at least twice in the time it takes to lapse')
  return guarded(async () => {
    const entries = await KvLeaseEntries.open({ connection, prefix, answerMs: options.answerMs ?? answerMsDefault })
    const store = new KvLeaseStore(connection, entries, { renewMs, lapseMs })
    try {
      await store.reload()
    } catch (error) {
      await store.close()
      throw error
    }
    return store
  })
}

/** Leases in a JetStream key-value bucket. */
export class KvLeaseStore implements LapsingLeases {
  readonly #connection: NatsConnection
  readonly #entries: KvLeaseEntries
  readonly #renewMs: number
  readonly #lapseMs: number
  readonly #observed: ObservedLeases
  readonly #subscription: Subscription
  readonly #timer: NodeJS.Timeout
  readonly #held = new Map<string, Held>()
  /** The change of a lease that the next one waits for. */
  readonly #changing = new Map<string, Promise<unknown>>()
  readonly #onLost = new Set<(key: string) => void>()
  readonly #onFree = new Set<(lease: FreeLease) => void>()
  #isListening = false
  #through: string

  constructor(
    connection: NatsConnection,
    entries: KvLeaseEntries,
    { renewMs, lapseMs }: Required<Pick<KvLeaseStoreOptions, 'renewMs' | 'lapseMs'>>,
  ) {
    this.#connection = connection
    this.#entries = entries
    this.#renewMs = renewMs
    this.#lapseMs = lapseMs
    this.#observed = new ObservedLeases(lapseMs)
    this.#through = this.#connectionId()
    this.#subscription = entries.listen((lease) => {
      const isNews = this.#observed.hear(lease, performance.now())
      if (isNews && lease.holder === undefined) this.#tellFree({ key: lease.key, reason: 'released' })
    })
    this.#timer = setInterval(() => this.#tick(), Math.min(lapseMs / ticksPerLapse, renewMs / 2))
  }

  /** Calls with each lease that lapses or is given back, until the function returned is called; again while nobody takes it. */
  watchLapsed(callback: (lease: FreeLease) => void): () => void {
    this.#onFree.add(callback)
    return () => this.#onFree.delete(callback)
  }

  /**
   * Calls with each lease that was not released but is held no more: it was taken, or could not be renewed for so long that
   * it may be. Comes before anybody takes it for lapsed, unless this process itself stood still.
   */
  onLost(callback: (key: string) => void): () => void {
    this.#onLost.add(callback)
    return () => this.#onLost.delete(callback)
  }

  /** A lapse is noticed by who has been listening for as long as it takes: just opened, a store finds every lease held. */
  acquire(key: string, holder: LeaseHolder): Promise<Acquired | HeldByOther> {
    return this.#inTurn(key, async () => {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const found = await this.#entries.get(key)
        if (found !== undefined) this.#observed.hear(found, performance.now())
        const by = found?.holder
        if (found !== undefined && by !== undefined && !this.#observed.isLapsed(key, found.revision))
          return { state: 'held', by }
        const heir = by === undefined ? holder : { ...holder, note: by.note }
        const put = () =>
          found === undefined || by === undefined
            ? this.#entries.create(key, heir)
            : this.#entries.replace(key, heir, found.revision)
        if (await this.#hold(key, heir, put))
          return by === undefined ? { state: 'acquired' } : { state: 'acquired', previous: by }
      }
      throw new LeaseStoreError(`leases: ${key} changes hands too often; try again`)
    })
  }

  update(key: string, holder: LeaseHolder): Promise<void> {
    return this.#inTurn(key, async () => {
      const found = await this.#entries.get(key)
      const isHeld = isDeepStrictEqual(found?.holder?.process, holder.process)
      const put = () => this.#entries.replace(key, holder, found!.revision)
      if (!isHeld || !(await this.#hold(key, holder, put))) throw new LeaseStoreError(`lease ${key} is no longer held`)
    })
  }

  release(key: string, holder: LeaseHolder): Promise<void> {
    return this.#inTurn(key, async () => {
      const found = await this.#entries.get(key)
      if (found === undefined || !isDeepStrictEqual(found.holder?.process, holder.process)) return
      this.#held.delete(key)
      try {
        await this.#entries.remove(key, found.revision)
      } catch (error) {
        // Somebody took it for lapsed: then it is given back already.
        if (!isWrongLastSequence(error)) throw error
      }
    })
  }

  forget(key: string): void {
    this.#held.delete(key)
  }

  async list(): Promise<readonly KnownLease[]> {
    const leases = await guarded(() => this.#entries.all())
    return leases
      .flatMap(({ key, revision, holder }) =>
        holder === undefined ? [] : [{ key, holder, isAlive: !this.#observed.isLapsed(key, revision) }],
      )
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** What is held lapses; the connection stays open. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#held.clear()
    if (!this.#subscription.isClosed()) this.#subscription.unsubscribe()
    await Promise.allSettled(this.#changing.values())
  }

  /** Reads all leases, since changes may have gone unheard. */
  async reload(): Promise<void> {
    for (const lease of await this.#entries.all()) this.#observed.hear(lease, performance.now())
  }

  /** Writes as the holder and renews from then on; false when somebody else wrote first. */
  async #hold(key: string, holder: LeaseHolder, put: () => Promise<number>): Promise<boolean> {
    const sentMs = performance.now()
    try {
      const revision = await put()
      this.#held.set(key, { key, holder, revision, renewedMs: sentMs, triedMs: sentMs, unansweredMs: undefined })
      this.#observed.hear({ key, revision, holder }, performance.now())
      return true
    } catch (error) {
      if (isWrongLastSequence(error)) return false
      throw error
    }
  }

  #tick(): void {
    const nowMs = performance.now()
    // The next look may be too late.
    const marginMs = (2 * this.#lapseMs) / ticksPerLapse
    for (const held of this.#held.values()) {
      if (nowMs - held.renewedMs > this.#lapseMs - marginMs) this.#lose(held)
      else if (nowMs - held.triedMs >= this.#renewMs && !this.#changing.has(held.key)) this.#renew(held)
    }
    if (!this.#isListening) this.#listen().catch(() => {})
  }

  #renew(held: Held): void {
    held.triedMs = performance.now()
    const renewal = this.#inTurn(held.key, async () => {
      if (this.#held.get(held.key) !== held) return
      const sentMs = performance.now()
      try {
        held.revision = await this.#entries.replace(
          held.key,
          held.holder,
          held.revision,
          this.#lapseMs / answersPerLapse,
        )
        held.renewedMs = sentMs
        held.unansweredMs = undefined
      } catch (error) {
        if (!isWrongLastSequence(error)) {
          held.unansweredMs ??= sentMs
          throw error
        }
        await this.#reclaim(held)
      }
    })
    // Tried again until the lease is lost.
    renewal.catch(() => {})
  }

  /** After a refusal: an earlier renewal without an answer was stored, or somebody else has the lease. */
  async #reclaim(held: Held): Promise<void> {
    const found = await this.#entries.get(held.key)
    if (found === undefined || !isDeepStrictEqual(found.holder?.process, held.holder.process)) return this.#lose(held)
    held.revision = found.revision
    held.renewedMs = Math.max(held.renewedMs, held.unansweredMs ?? 0)
    held.unansweredMs = undefined
  }

  #lose(held: Held): void {
    if (this.#held.get(held.key) !== held) return
    this.#held.delete(held.key)
    for (const callback of this.#onLost) callback(held.key)
  }

  /** The server's answer to a ping comes behind all that it had to say before: so far all was heard. */
  async #listen(): Promise<void> {
    this.#isListening = true
    try {
      const sentMs = performance.now()
      await this.#connection.flush()
      if (this.#through !== this.#connectionId()) {
        this.#observed.lostTouch(performance.now())
        await this.reload()
        this.#through = this.#connectionId()
        return
      }
      for (const key of this.#observed.passTo(sentMs))
        if (!this.#held.has(key)) this.#tellFree({ key, reason: 'lapsed' })
    } finally {
      this.#isListening = false
    }
  }

  #tellFree(lease: FreeLease): void {
    for (const callback of this.#onFree) callback(lease)
  }

  /** Changes with each connection that is made again. */
  #connectionId(): string {
    return `${this.#connection.info?.server_id}/${this.#connection.info?.client_id}`
  }

  #inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#changing.get(key) ?? Promise.resolve()
    const done = before.catch(() => {}).then(() => guarded(work))
    this.#changing.set(key, done)
    const forget = () => {
      if (this.#changing.get(key) === done) this.#changing.delete(key)
    }
    done.then(forget, forget)
    return done
  }
}

async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isNatsTrouble(error)) throw error
    throw new LeaseStoreError(`leases: NATS ${natsTrouble(error)}`, { cause: error })
  }
}
