import type { OutputStream } from '../output-stream.ts'
import { isDumb } from '../progress/colour.ts'

/** As often as this the line changes at most. */
const showMs = 100

/** On a terminal, one line that says how far a command has come and is gone at its end; elsewhere nothing. */
export class ProgressLine {
  readonly #stream: OutputStream
  readonly #isShown: boolean
  #shownAt = Number.NEGATIVE_INFINITY
  #hasText = false

  constructor(stream: OutputStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream
    this.#isShown = stream.isTTY === true && !isDumb(env)
  }

  show(text: string): void {
    if (!this.#isShown || performance.now() < this.#shownAt + showMs) return
    this.#shownAt = performance.now()
    this.#hasText = true
    this.#stream.write(`\r\x1b[K${text.slice(0, (this.#stream.columns || 80) - 1)}`)
  }

  /** Shows how long the work takes while it goes on. */
  async during<Result>(text: string, work: Promise<Result>): Promise<Result> {
    const startedAt = performance.now()
    const show = () => this.show(`${text} (${Math.floor((performance.now() - startedAt) / 1000)} s)`)
    show()
    const timer = setInterval(show, 1000)
    try {
      return await work
    } finally {
      clearInterval(timer)
      this.end()
    }
  }

  end(): void {
    if (this.#hasText) this.#stream.write('\r\x1b[K')
    this.#hasText = false
  }
}
