/** Lets work through as long as what is on its way is not too much; the rest waits its turn. */
export class ByteGate {
  readonly #bytesMax: number
  #bytes = 0
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = []

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Runs `work` when its bytes fit in; what is larger than all that may, alone. */
  async pass<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#fits(bytes))
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }))
    else this.#bytes += bytes
    try {
      return await work()
    } finally {
      this.#bytes -= bytes
      for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
        this.#bytes += first.bytes
        this.#waiting.shift()
        first.enter()
      }
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#bytesMax
  }
}
