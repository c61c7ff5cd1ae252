import type { StoredCommit } from '../../../events/commit.ts'
import type { Digest } from '../../../events/digest.ts'
import type { AppendResult, EventLog } from '../../../infra/event-log/event-log.ts'
import { MemoryEventLog } from '../../../infra/event-log/memory-event-log.ts'

/** A log whose appends the test can hold back or fail, and that stores attachments a moment later. */
export class HandLog implements EventLog {
  readonly #log = new MemoryEventLog()
  /** Versions that were to be appended. */
  readonly begun: number[] = []
  isHeld = false
  failure: Error | undefined
  #held: (() => void)[] = []

  append(commit: StoredCommit): AppendResult | Promise<AppendResult> {
    this.begun.push(commit.version)
    if (!this.isHeld) return this.#append(commit)
    return new Promise<void>((resolve) => {
      this.#held.push(resolve)
    }).then(() => this.#append(commit))
  }

  /** Lets those through that are held back, and holds no more. */
  release(): void {
    this.isHeld = false
    for (const resolve of this.#held.splice(0)) resolve()
  }

  read(buildId: string) {
    return this.#log.read(buildId)
  }

  readAfter(position: number) {
    return this.#log.readAfter(position)
  }

  position() {
    return this.#log.position()
  }

  builds() {
    return this.#log.builds()
  }

  async attach(content: Uint8Array): Promise<Digest> {
    return this.#log.attach(content)
  }

  hasAttachment(digest: Digest) {
    return this.#log.hasAttachment(digest)
  }

  attachment(digest: Digest) {
    return this.#log.attachment(digest)
  }

  storageDamage() {
    return this.#log.storageDamage()
  }

  close() {
    return this.#log.close()
  }

  #append(commit: StoredCommit): AppendResult {
    if (this.failure !== undefined) throw this.failure
    return this.#log.append(commit)
  }
}
