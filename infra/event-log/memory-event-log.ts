import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import { type Digest, digestOf } from '../../events/digest.ts'
import { type AppendResult, AttachmentDamage, type EventLog, type PositionedCommit } from './event-log.ts'

/** An event log that lives as long as this object: for tests and simulation. `close` keeps what is in it. */
export class MemoryEventLog implements EventLog {
  readonly #commits: PositionedCommit[] = []
  readonly #byBuild = new Map<BuildId, PositionedCommit[]>()
  readonly #attachments = new Map<Digest, Uint8Array>()

  append(commit: StoredCommit): AppendResult {
    const { buildId, version, hash } = commit
    const build = this.#byBuild.get(buildId) ?? []
    if (version !== build.length + 1) return 'conflict'
    const body = Uint8Array.from(commit.body)
    const positioned = { position: this.#commits.length + 1, buildId, version, body, hash }
    build.push(positioned)
    this.#byBuild.set(buildId, build)
    this.#commits.push(positioned)
    return 'appended'
  }

  async *read(buildId: BuildId, fromVersion = 1): AsyncGenerator<StoredCommit, void> {
    const build = this.#byBuild.get(buildId) ?? []
    for (let i = Math.max(0, fromVersion - 1); i < build.length; i++) {
      const { version, body, hash } = build[i]!
      yield { buildId, version, body, hash }
    }
  }

  async *readAfter(position: number): AsyncGenerator<PositionedCommit, void> {
    for (let i = Math.max(0, position); i < this.#commits.length; i++) yield { ...this.#commits[i]! }
  }

  async position(): Promise<number> {
    return this.#commits.length
  }

  async *builds(): AsyncGenerator<{ readonly buildId: BuildId; readonly lastVersion: number }, void> {
    for (const buildId of [...this.#byBuild.keys()].sort().reverse())
      yield { buildId, lastVersion: this.#byBuild.get(buildId)!.length }
  }

  attach(content: Uint8Array): Digest {
    const digest = digestOf(content)
    if (!this.#attachments.has(digest)) this.#attachments.set(digest, Uint8Array.from(content))
    return digest
  }

  hasAttachment(digest: Digest): boolean {
    return this.#attachments.has(digest)
  }

  async attachment(digest: Digest): Promise<Uint8Array> {
    const content = this.#attachments.get(digest)
    if (content === undefined) throw new AttachmentDamage(`attachment ${digest} is missing`)
    if (digestOf(content) !== digest) throw new AttachmentDamage(`attachment ${digest} is not what was stored`)
    return Uint8Array.from(content)
  }

  async storageDamage(): Promise<string | undefined> {
    return undefined
  }

  async close(): Promise<void> {}
}
