import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { type WorkerStatus, workerStatusSchema } from '../../events/worker-status.ts'
import { defaultPrefix } from '../nats/streams.ts'
import { HeardWorkers } from './heard-workers.ts'
import { type Announcement, announceMs, type WorkerRegistry, type WorkerWatch } from './worker-registry.ts'

export interface NatsWorkerRegistryOptions {
  /** Stays open when announcements and watches are closed. */
  readonly connection: NatsConnection
  readonly prefix?: string
}

/** Changes are announced at most so often, in ms: a status of 10 KB then takes 0.5 MB/s at worst. */
const changeMsMin = 20

/**
 * Workers on core NATS: the status as JSON on `<prefix>.workers.<id>`, an empty message there as goodbye, and a message on
 * `<prefix>.workers-wanted` that asks all for their status.
 */
export class NatsWorkerRegistry implements WorkerRegistry {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #wanted: string

  constructor({ connection, prefix = defaultPrefix }: NatsWorkerRegistryOptions) {
    this.#connection = connection
    this.#subject = `${prefix}.workers`
    this.#wanted = `${prefix}.workers-wanted`
  }

  announce(status: () => WorkerStatus): Announcement {
    return new NatsAnnouncement(this.#connection, this.#subject, this.#wanted, status)
  }

  watch(): WorkerWatch {
    const connection = this.#connection
    const subscription = connection.subscribe(`${this.#subject}.*`, {
      callback: (error, message) => {
        if (error === null) hear(watch, message)
      },
    })
    const watch: HeardWorkers = new HeardWorkers(() => subscription.unsubscribe())
    const ask = () => {
      if (!connection.isClosed()) connection.publish(this.#wanted)
    }
    ask()
    void followOutages(connection, watch, ask)
    return watch
  }
}

/** Who can't hear does not take silence for death. */
async function followOutages(connection: NatsConnection, watch: HeardWorkers, ask: () => void): Promise<void> {
  for await (const { type } of connection.status()) {
    if (watch.isClosed) return
    if (type === 'disconnect') watch.goDeaf()
    if (type !== 'reconnect') continue
    watch.hearAgain()
    ask()
  }
}

class NatsAnnouncement implements Announcement {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #status: () => WorkerStatus
  readonly #ticking: NodeJS.Timeout
  readonly #asked: { unsubscribe(): void }
  #soon: NodeJS.Timeout | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(connection: NatsConnection, subject: string, wanted: string, status: () => WorkerStatus) {
    this.#connection = connection
    this.#subject = `${subject}.${status().id}`
    this.#status = status
    this.#ticking = setInterval(() => this.#tell(), announceMs)
    this.#asked = connection.subscribe(wanted, { callback: () => this.#tell() })
    this.#tell()
  }

  changed(): void {
    const waitMs = this.#toldAt + changeMsMin - performance.now()
    if (waitMs <= 0) this.#tell()
    else this.#soon ??= setTimeout(() => this.#tell(), waitMs)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#ticking)
    clearTimeout(this.#soon)
    if (this.#connection.isClosed()) return
    this.#asked.unsubscribe()
    this.#connection.publish(this.#subject)
    // Where the server is away, those who watch find out by the silence.
    await this.#connection.flush().catch(() => {})
  }

  #tell(): void {
    if (this.#isClosed || this.#connection.isClosed()) return
    clearTimeout(this.#soon)
    this.#soon = undefined
    this.#toldAt = performance.now()
    this.#connection.publish(this.#subject, JSON.stringify(this.#status()))
  }
}

function hear(watch: HeardWorkers, message: Msg): void {
  const id = message.subject.split('.').at(-1)!
  const text = message.string()
  if (text === '') watch.lose(id)
  else {
    const status = statusOf(text)
    if (status?.id === id) watch.hear(status, text)
    else watch.hearNonsense()
  }
}

function statusOf(text: string): WorkerStatus | undefined {
  try {
    return workerStatusSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
