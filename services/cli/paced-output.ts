import { setImmediate as nextTurn } from 'node:timers/promises'

/** Text is handed on in pieces of about this size. */
const pieceLength = 64 * 1024

/** After so many questions for room the event loop gets a turn, so that a reader's leaving is noticed. */
const callsPerTurn = 64

/** A stream that may say that it is full. */
export type PaceableStream = NodeJS.WritableStream & { readonly writableNeedDrain?: boolean; readonly isTTY?: boolean }

/**
 * Standard output for a lot of text: holds back while the reader is slower, and says when the reader has gone
 * (`millrace replay | head`), which is its good right.
 */
export class PacedOutput {
  readonly #stream: PaceableStream
  #pending = ''
  #calls = 0
  #isClosed = false

  constructor(stream: PaceableStream) {
    this.#stream = stream
    stream.on('error', () => {
      this.#isClosed = true
    })
  }

  /** Nobody reads any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  write(text: string): void {
    this.#pending += text
    if (this.#pending.length >= pieceLength) this.#hand()
  }

  line(text: string): void {
    this.write(`${text}\n`)
  }

  bytes(content: Uint8Array): void {
    this.#hand()
    if (!this.#isClosed && content.byteLength > 0) this.#stream.write(content)
  }

  /** Resolves when there is room for more, or nobody reads any more. To be awaited now and then. */
  async room(): Promise<void> {
    if (++this.#calls % callsPerTurn === 0) await nextTurn()
    if (this.#stream.writableNeedDrain && !this.#isClosed) await this.#drained()
  }

  /** Resolves when all has left the process, or nothing can. */
  async flushed(): Promise<void> {
    this.#hand()
    if (this.#isClosed) return
    await new Promise<void>((resolve) => {
      this.#stream.once('error', () => resolve())
      this.#stream.write('', () => resolve())
    })
  }

  #hand(): void {
    if (this.#pending !== '' && !this.#isClosed) this.#stream.write(this.#pending)
    this.#pending = ''
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        for (const event of ['drain', 'close', 'error']) this.#stream.off(event, done)
        resolve()
      }
      for (const event of ['drain', 'close', 'error']) this.#stream.on(event, done)
    })
  }
}
