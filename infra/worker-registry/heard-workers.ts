import type { WorkerStatus } from '../../events/worker-status.ts'
import { heardMsMax, type WorkerWatch } from './worker-registry.ts'

interface Heard {
  readonly status: WorkerStatus
  readonly text: string
  /** In ms of `performance.now()`. */
  readonly at: number
}

/** Silence is looked for so often, in ms. */
const lookMs = 250

/** What one who watches has heard: the part of a {@link WorkerWatch} that all adapters share. */
export class HeardWorkers implements WorkerWatch {
  readonly #heard = new Map<string, Heard>()
  readonly #onChange = new Set<(status: WorkerStatus) => void>()
  readonly #onLost = new Set<(workerId: string) => void>()
  readonly #onClose: () => void
  readonly #looking: NodeJS.Timeout
  #lookedAt = performance.now()
  #isDeaf = false
  #malformed = 0
  #isClosed = false

  constructor(onClose: () => void) {
    this.#onClose = onClose
    this.#looking = setInterval(() => this.#look(), lookMs)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @param text the status as it was announced, which tells whether it is another one */
  hear(status: WorkerStatus, text: string): void {
    if (this.#isClosed) return
    const before = this.#heard.get(status.id)
    this.#heard.set(status.id, { status, text, at: performance.now() })
    if (before?.text !== text) for (const callback of [...this.#onChange]) callback(status)
  }

  lose(workerId: string): void {
    if (this.#heard.delete(workerId)) for (const callback of [...this.#onLost]) callback(workerId)
  }

  /** Nobody can be heard for the time being, so nobody is lost. */
  goDeaf(): void {
    this.#isDeaf = true
  }

  /** Those heard of before have as much time again. */
  hearAgain(): void {
    this.#isDeaf = false
    this.#forgive()
  }

  #look(): void {
    const now = performance.now()
    // This process was held up, or the whole host: what was announced meanwhile is still to be read.
    if (now - this.#lookedAt > 2 * lookMs) this.#forgive()
    this.#lookedAt = now
    if (this.#isDeaf) return
    for (const [id, { at }] of this.#heard) if (now - at > heardMsMax) this.lose(id)
  }

  #forgive(): void {
    const at = performance.now()
    for (const [id, heard] of this.#heard) this.#heard.set(id, { ...heard, at })
  }

  hearNonsense(): void {
    this.#malformed++
  }

  workers(): readonly WorkerStatus[] {
    return [...this.#heard.values()].map(({ status }) => status).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  onChange(callback: (status: WorkerStatus) => void): () => void {
    this.#onChange.add(callback)
    return () => this.#onChange.delete(callback)
  }

  onLost(callback: (workerId: string) => void): () => void {
    this.#onLost.add(callback)
    return () => this.#onLost.delete(callback)
  }

  malformed(): number {
    return this.#malformed
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#looking)
    this.#heard.clear()
    this.#onClose()
  }
}
