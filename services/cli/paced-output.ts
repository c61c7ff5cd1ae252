import { setImmediate as nextTurn } from 'node:timers/promises'
import { UserError } from '../user-error.ts'

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
  #trouble: Error | undefined

  constructor(stream: PaceableStream) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#isClosed = true
      if (error.code !== 'EPIPE') this.#trouble ??= error
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

  /** Resolves when all has left the process, or the reader has gone. Throws {@link UserError} when it could not be written. */
  async flushed(): Promise<void> {
    this.#hand()
    this.#checkTrouble()
    if (this.#isClosed) return
    await new Promise<void>((resolve) => {
      this.#stream.once('error', () => resolve())
      this.#stream.write('', () => resolve())
    })
    this.#checkTrouble()
  }

  #checkTrouble(): void {
    if (this.#trouble !== undefined) throw new UserError(`standard output can't be written: ${this.#trouble.message}`)
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
