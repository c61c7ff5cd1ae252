interface WaitingItem<Item, Answer> {
  readonly item: Item
  readonly bytes: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks at once for what is asked for one by one in a turn of the event loop. A command costs the client some 20 µs, whatever
 * it asks for: one for 256 keys is 30 times as fast as 256.
 */
export class TurnBatch<Item, Answer> {
  readonly #limits: { readonly items: number; readonly bytes: number }
  readonly #ask: (items: readonly Item[]) => Promise<readonly Answer[]>
  #waiting: WaitingItem<Item, Answer>[] = []
  #bytes = 0
  #isDue = false

  /**
   * @param limits of one batch; the bytes are those of the answers, as far as they are known
   * @param ask gives the answers in the order of the items
   */
  constructor(
    limits: { readonly items: number; readonly bytes: number },
    ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
  ) {
    this.#limits = limits
    this.#ask = ask
  }

  add(item: Item, bytes = 0): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#bytes + bytes > this.#limits.bytes) this.#flush()
      this.#waiting.push({ item, bytes, resolve, reject })
      this.#bytes += bytes
      if (this.#waiting.length >= this.#limits.items) this.#flush()
      if (this.#isDue) return
      this.#isDue = true
      // After all that goes on in this turn, promises too.
      process.nextTick(() => {
        this.#isDue = false
        this.#flush()
      })
    })
  }

  #flush(): void {
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    this.#bytes = 0
    this.#ask(batch.map(({ item }) => item)).then(
      (answers) => {
        for (const [i, { resolve }] of batch.entries()) resolve(answers[i]!)
      },
      (error) => {
        for (const { reject } of batch) reject(error)
      },
    )
  }
}
