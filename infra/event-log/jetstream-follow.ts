import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import type { CommitNotice, EventLog } from './event-log.ts'
import type { JetStreamAccess } from './jetstream-access.ts'
import { commitOfSubject } from './jetstream-commits.ts'

/** An announcement may get lost with a connection: without any for so long, in ms, the log is asked. */
const recheckMs = 2_000
/** Where the server writes the sequence number of the message that it announces. */
const sequenceHeader = 'Nats-Sequence'

export interface BuildReader {
  /** All commits from a version on. */
  read(from: number): AsyncIterable<StoredCommit>
  /** Commits that are known to be there. */
  readTo(from: number, to: number): AsyncIterable<StoredCommit>
}

/** A build's commits, past and to come. The server announces what it stored; what follows is read from the log. */
export async function* followBuild(
  { connection, prefix }: JetStreamAccess,
  reader: BuildReader,
  buildId: BuildId,
  fromVersion: number,
  signal: AbortSignal,
): AsyncGenerator<StoredCommit, void> {
  using announcements = new Announcements(connection, `${prefix}.stored.${buildId}.*`, signal)
  let next = Math.max(1, fromVersion)
  let announced: CommitNotice | undefined
  while (!signal.aborted) {
    const commits = announced === undefined ? reader.read(next) : reader.readTo(next, announced.version)
    for await (const { buildId, version, body, hash } of commits) {
      if (signal.aborted) return
      next = version + 1
      yield { buildId, version, body, hash }
    }
    do announced = await announcements.next()
    while (announced !== undefined && announced.version < next)
  }
}

/** Every build's commits, past and to come. */
export async function* followAll(
  { connection, prefix }: JetStreamAccess,
  log: Pick<EventLog, 'position' | 'readAfter'>,
  position: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<CommitNotice, void> {
  using announcements = new Announcements(connection, `${prefix}.stored.*.*`, signal)
  let last = position ?? (await log.position())
  while (!signal.aborted) {
    for await (const { buildId, version, position } of log.readAfter(last)) {
      if (signal.aborted) return
      last = position
      yield { buildId, version, position }
    }
    // As long as none is missing, the announcements say it all.
    for (;;) {
      const announced = await announcements.next()
      if (announced === undefined || announced.position > last + 1) break
      if (announced.position <= last) continue
      last = announced.position
      yield announced
    }
  }
}

/** What the server announces on a subject, queued. */
class Announcements {
  readonly #subscription: Subscription
  readonly #signal: AbortSignal
  readonly #queue: CommitNotice[] = []
  #wake: () => void = () => {}
  readonly #onAbort = () => this.#wake()

  constructor(connection: NatsConnection, subject: string, signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
    this.#subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) {
          const position = Number(message.headers?.get(sequenceHeader))
          this.#queue.push({ ...commitOfSubject(message.subject), position })
        }
        this.#wake()
      },
    })
  }

  /** Undefined: there was none for a while, or the signal is aborted. */
  async next(): Promise<CommitNotice | undefined> {
    if (this.#queue.length === 0 && !this.#signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = setTimeout(resolve, recheckMs)
      await promise
      clearTimeout(timer)
    }
    return this.#signal.aborted ? undefined : this.#queue.shift()
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#subscription.unsubscribe()
  }
}
