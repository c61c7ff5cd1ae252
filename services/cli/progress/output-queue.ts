type Text = string | Uint8Array

/**
 * Puts what is to be printed in order, although some of it has to be read first. Everything that is ready at the front
 * can be taken in one piece, so that a burst costs one write.
 */
export class OutputQueue {
  readonly #chunks: (Text | Later)[] = []
  readonly #onReady: () => void
  #reading = 0
  #settled = Promise.withResolvers<void>()

  /** `onReady` is called when something that had to be read has arrived. */
  constructor(onReady: () => void) {
    this.#onReady = onReady
    this.#settled.resolve()
  }

  push(text: Text): void {
    const last = this.#chunks.length - 1
    if (typeof text === 'string' && typeof this.#chunks[last] === 'string') this.#chunks[last] += text
    else this.#chunks.push(text)
  }

  /** Keeps a place for a text that is being read. The promise must not reject. */
  pushLater(reading: Promise<Text>): void {
    const later: Later = { text: undefined }
    this.#chunks.push(later)
    if (this.#reading++ === 0) this.#settled = Promise.withResolvers()
    reading.then((text) => {
      later.text = text
      if (--this.#reading === 0) this.#settled.resolve()
      this.#onReady()
    })
  }

  /** Removes and returns all that is ready up to the first text that is still being read. */
  take(): Text | undefined {
    const ready: Text[] = []
    let end = 0
    for (; end < this.#chunks.length; end++) {
      const chunk = this.#chunks[end]!
      const text = isLater(chunk) ? chunk.text : chunk
      if (text === undefined) break
      ready.push(text)
    }
    if (end === 0) return undefined
    this.#chunks.splice(0, end)
    return joined(ready)
  }

  /** Resolves once nothing is being read any more. */
  settled(): Promise<void> {
    return this.#settled.promise
  }
}

interface Later {
  text: Text | undefined
}

function isLater(chunk: Text | Later): chunk is Later {
  return typeof chunk !== 'string' && !(chunk instanceof Uint8Array)
}

function joined(texts: readonly Text[]): Text {
  if (texts.every((text) => typeof text === 'string')) return texts.join('')
  return Buffer.concat(texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text)))
}
