import type { StoredMsg } from '@nats-io/jetstream'
import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { isWrongLastSequence } from '../nats/nats-error.ts'
import type { AppendResult, CommitNotice, FollowableLog, PositionedCommit } from './event-log.ts'
import {
  answered,
  connectionId,
  type JetStreamAccess,
  type JetStreamOptions,
  jetStreamAccess,
} from './jetstream-access.ts'
import { JetStreamAttachments } from './jetstream-attachments.ts'
import { commitMessage, commitOf, commitOfSubject, hashOf, isBodyless, withBody } from './jetstream-commits.ts'
import { storageDamage } from './jetstream-damage.ts'
import { followAll, followBuild } from './jetstream-follow.ts'
import { messagesFrom } from './jetstream-messages.ts'

/** From so many commits on, making a consumer (5 to 100 ms) costs less than asking for each of them. */
const askedForMax = 512
/** Commits asked for at once: few at first, since many readers want only the next ones. */
const askedAtOnce = { first: 8, max: 256 }

/**
 * Opens the event log on a NATS server whose streams are set up (`setupStreams`, which also tells how durable they are).
 * Any number of processes may have it open. Rejects with `EventLogError`.
 */
export async function openJetStreamEventLog(options: JetStreamOptions): Promise<JetStreamEventLog> {
  const access = await jetStreamAccess(options)
  await answered(access, () => access.manager.streams.info(access.streams.builds.name))
  return new JetStreamEventLog(access)
}

/** An event log in JetStream streams. */
export class JetStreamEventLog implements FollowableLog {
  readonly #access: JetStreamAccess
  readonly #attachments: JetStreamAttachments
  readonly #known: KnownVersions
  /** The append that the next one of its build waits for. */
  readonly #appending = new Map<BuildId, Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(access: JetStreamAccess) {
    this.#access = access
    this.#attachments = new JetStreamAttachments(access)
    this.#known = new KnownVersions(access)
  }

  /** Appends of one build are stored in the order asked for. When this rejects, the commit may still come to be stored. */
  append(commit: StoredCommit): Promise<AppendResult> {
    const { buildId } = commit
    const before = this.#appending.get(buildId) ?? Promise.resolve()
    const done = before.catch(() => {}).then(() => this.#append(commit))
    this.#appending.set(buildId, done)
    const forget = () => {
      if (this.#appending.get(buildId) === done) this.#appending.delete(buildId)
    }
    done.then(forget, forget)
    return done
  }

  async #append(commit: StoredCommit): Promise<AppendResult> {
    const { buildId, version, hash } = commit
    if (version < 1 || !(await this.#isThere(buildId, version - 1))) return 'conflict'
    const { client } = this.#access
    const { body, headers } = await commitMessage(commit, this.#attachments)
    const through = connectionId(this.#access)
    return answered(this.#access, async (attempt) => {
      try {
        await client.publish(this.#subject(buildId, version), body, { headers, expect: { lastSubjectSequence: 0 } })
      } catch (error) {
        if (!isWrongLastSequence(error)) throw error
        // It may have been this very append, when an answer got lost on the way.
        const isCertain = attempt === 0 && through === connectionId(this.#access)
        const stored = isCertain ? null : await this.#stored(buildId, version)
        if (stored === null || hashOf(stored) !== hash) return 'conflict'
      }
      this.#known.add(buildId, version, connectionId(this.#access))
      return 'appended'
    })
  }

  /** Throws {@link LogDamage} at the first commit that is missing though later ones are there, after yielding those before. */
  async *read(buildId: BuildId, fromVersion = 1): AsyncGenerator<StoredCommit, void> {
    const through = connectionId(this.#access)
    const last = await this.#last(buildId)
    if (last === null) return
    const next = Math.max(1, fromVersion)
    const commits =
      last.version - next < askedForMax
        ? this.#askFor(buildId, next, last.version)
        : this.#consume(buildId, next, last.version)
    for await (const { version, body, hash } of commits) yield { buildId, version, body, hash }
    this.#known.add(buildId, last.version, through)
  }

  async *readAfter(position: number): AsyncGenerator<PositionedCommit, void> {
    const end = await this.position()
    if (end <= position) return
    for await (const message of messagesFrom(this.#access, position + 1)) {
      const commit = commitOf(message)
      if (commit.position > end) return
      yield isBodyless(commit) ? await withBody(commit, this.#attachments) : commit
      if (commit.position === end) return
    }
  }

  async position(): Promise<number> {
    return (await this.#stored('*', '*'))?.seq ?? 0
  }

  /** One question per build, however many commits it has. */
  async *builds(): AsyncGenerator<{ readonly buildId: BuildId; readonly lastVersion: number }, void> {
    const { manager, streams } = this.#access
    const filter = { subjects_filter: this.#subject('*', 1) }
    const { state } = await answered(this.#access, () => manager.streams.info(streams.builds.name, filter))
    const buildIds = Object.keys(state.subjects ?? {}).map((subject) => commitOfSubject(subject).buildId)
    for (const buildId of buildIds.sort().reverse()) {
      const last = await this.#last(buildId)
      if (last !== null) yield { buildId, lastVersion: last.version }
    }
  }

  follow(buildId: BuildId, fromVersion: number, signal: AbortSignal): AsyncGenerator<StoredCommit, void> {
    const reader = {
      read: (from: number) => this.read(buildId, from),
      readTo: (from: number, to: number) => this.#askFor(buildId, from, to),
    }
    return followBuild(this.#access, reader, buildId, fromVersion, AbortSignal.any([signal, this.#closing.signal]))
  }

  followAll(signal: AbortSignal, position?: number): AsyncGenerator<CommitNotice, void> {
    return followAll(this.#access, this, position, AbortSignal.any([signal, this.#closing.signal]))
  }

  attach(content: Uint8Array): Promise<Digest> {
    return this.#attachments.add(content)
  }

  hasAttachment(digest: Digest): Promise<boolean> {
    return this.#attachments.has(digest)
  }

  attachment(digest: Digest): Promise<Uint8Array> {
    return this.#attachments.get(digest)
  }

  storageDamage(): Promise<string | undefined> {
    return storageDamage(this.#access, this)
  }

  /** Ends what follows; the connection stays open. */
  async close(): Promise<void> {
    this.#closing.abort()
  }

  #subject(buildId: BuildId, version: number | '*'): string {
    return `${this.#access.prefix}.builds.${buildId}.${version}`
  }

  async #isThere(buildId: BuildId, version: number): Promise<boolean> {
    return version < 1 || this.#known.has(buildId, version) || (await this.#stored(buildId, version)) !== null
  }

  /** The newest message of a subject, from the leader, which has all that is stored. */
  #stored(buildId: BuildId, version: number | '*'): Promise<StoredMsg | null> {
    const { manager, streams } = this.#access
    const query = { last_by_subj: this.#subject(buildId, version) }
    return answered(this.#access, () => manager.streams.getMessage(streams.builds.name, query))
  }

  async #last(buildId: BuildId): Promise<{ readonly version: number } | null> {
    const stored = await this.#stored(buildId, '*')
    return stored === null ? null : commitOfSubject(stored.subject)
  }

  async #commit(buildId: BuildId, version: number): Promise<PositionedCommit> {
    const { manager, streams } = this.#access
    const query = { last_by_subj: this.#subject(buildId, version) }
    // Any copy may answer; one that lags lacks it still.
    const direct = await answered(this.#access, () => manager.direct.getMessage(streams.builds.name, query))
    const stored = direct ?? (await this.#stored(buildId, version))
    if (stored === null) throw new LogDamage(buildId, version, 'it is missing')
    const commit = commitOf(stored)
    return isBodyless(commit) ? withBody(commit, this.#attachments) : commit
  }

  async *#askFor(buildId: BuildId, from: number, to: number): AsyncGenerator<PositionedCommit, void> {
    let atOnce = askedAtOnce.first
    for (let next = from; next <= to; next += atOnce) {
      if (next > from) atOnce = Math.min(askedAtOnce.max, atOnce * 2)
      const count = Math.min(atOnce, to - next + 1)
      const asked = Array.from({ length: count }, (_, i) => this.#commit(buildId, next + i))
      for (const commit of asked) commit.catch(() => {})
      for (const commit of asked) yield await commit
    }
  }

  async *#consume(buildId: BuildId, from: number, to: number): AsyncGenerator<PositionedCommit, void> {
    const first = await this.#commit(buildId, from)
    yield first
    let next = from + 1
    for await (const message of messagesFrom(this.#access, first.position + 1, this.#subject(buildId, '*'))) {
      const commit = commitOf(message)
      if (commit.version !== next) throw new LogDamage(buildId, next, `commit ${commit.version} is in its place`)
      yield isBodyless(commit) ? await withBody(commit, this.#attachments) : commit
      if (next++ === to) return
    }
  }
}

/**
 * Up to which version a build is known to be stored. All is forgotten with the connection: a server of one copy that was
 * killed may have lost what it acknowledged last, and a commit behind a lost one would be a gap.
 */
class KnownVersions {
  readonly #access: JetStreamAccess
  readonly #versions = new Map<BuildId, number>()
  #through = ''

  constructor(access: JetStreamAccess) {
    this.#access = access
  }

  has(buildId: BuildId, version: number): boolean {
    this.#forgetOld()
    return version <= (this.#versions.get(buildId) ?? 0)
  }

  /** `through`: the connection that it was seen on. */
  add(buildId: BuildId, version: number, through: string): void {
    this.#forgetOld()
    if (through === this.#through) this.#versions.set(buildId, Math.max(version, this.#versions.get(buildId) ?? 0))
  }

  #forgetOld(): void {
    const through = connectionId(this.#access)
    if (through !== this.#through) this.#versions.clear()
    this.#through = through
  }
}
