/**
 * Standard output whose reader may go away. After the first error nothing is written any more: a closed pipe
 * (`millrace build | head`) is the reader's good right and stays silent, anything else is told once.
 */
export class GuardedStream {
  readonly #stream: NodeJS.WritableStream
  #isClosed = false

  constructor(stream: NodeJS.WritableStream, tell: (line: string) => void) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#isClosed && error.code !== 'EPIPE') tell(`standard output can't be written: ${error.message}`)
      this.#isClosed = true
    })
  }

  write(text: string | Uint8Array): void {
    if (!this.#isClosed && text.length > 0) this.#stream.write(text)
  }

  /** Resolves when all that was written has left the process, or when nothing can leave it any more. */
  flushed(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#stream.once('error', () => resolve())
      this.#stream.write('', () => resolve())
    })
  }
}
