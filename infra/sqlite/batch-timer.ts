/** What is added alone is written after so long: others soon see it. */
const quietMs = 30
/**
 * What is added in a stream waits at most so long. Keys are hashes, so that a transaction of few rows writes about as many
 * pages as it has rows: of 10,000 tasks' results, one each 30 ms made 0.45 s of commits, one each 500 ms 0.06 s.
 */
const waitMsMax = 500

/** Calls `write` once for what comes close together. Does not keep the process alive. */
export class BatchTimer {
  readonly #write: () => void
  #timer: NodeJS.Timeout | undefined
  #firstAt = 0
  #lastAt = 0

  constructor(write: () => void) {
    this.#write = write
  }

  /** Something more waits to be written. */
  added(): void {
    this.#lastAt = performance.now()
    if (this.#timer !== undefined) return
    this.#firstAt = this.#lastAt
    this.#timer = setTimeout(() => this.#due(), quietMs).unref()
  }

  /** All was written. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #due(): void {
    const now = performance.now()
    const left = Math.min(this.#lastAt + quietMs, this.#firstAt + waitMsMax) - now
    if (left > 1) this.#timer = setTimeout(() => this.#due(), left).unref()
    else {
      this.#timer = undefined
      this.#write()
    }
  }
}
