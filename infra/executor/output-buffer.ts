/**
 * Collects a command's output in bounded memory: all of it up to a limit; beyond that, its first and its last half.
 * The buffer grows with what is written, so the many commands that say nothing cost nothing.
 */
export class OutputBuffer {
  readonly #bytesMax: number
  readonly #headBytes: number
  #bytes: Uint8Array<ArrayBuffer>
  #total = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.#headBytes = Math.ceil(bytesMax / 2)
    this.#bytes = empty
  }

  append(piece: Uint8Array): void {
    const start = Math.min(this.#total, this.#bytesMax)
    const room = this.#bytesMax - start
    const fits = Math.min(room, piece.length)
    if (fits > 0) {
      this.#grow(start + fits)
      this.#bytes.set(fits === piece.length ? piece : piece.subarray(0, fits), start)
      this.#total += fits
    }
    if (fits < piece.length) this.#appendToRing(piece.subarray(fits))
  }

  /** The second half as a ring: the byte number `n` of the output lies at `head + (n - head) % tail`. */
  #appendToRing(piece: Uint8Array): void {
    const tailBytes = this.#bytesMax - this.#headBytes
    const skipped = Math.max(0, piece.length - tailBytes)
    this.#total += skipped
    let rest = piece.subarray(skipped)
    while (rest.length > 0) {
      const at = (this.#total - this.#headBytes) % tailBytes
      const part = rest.subarray(0, tailBytes - at)
      this.#bytes.set(part, this.#headBytes + at)
      this.#total += part.length
      rest = rest.subarray(part.length)
    }
  }

  #grow(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(bytes, this.#bytes.length * 2)))
    grown.set(this.#bytes)
    this.#bytes = grown
  }

  get isEmpty(): boolean {
    return this.#total === 0
  }

  /** How many bytes `take` leaves out. */
  get droppedBytes(): number {
    return Math.max(0, this.#total - this.#bytesMax)
  }

  /** What was kept, in the order written. */
  take(): Uint8Array {
    const { droppedBytes } = this
    if (droppedBytes === 0) return this.#total === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#total)
    const tailBytes = this.#bytesMax - this.#headBytes
    if (tailBytes === 0) return this.#bytes
    const oldest = this.#headBytes + ((this.#total - this.#headBytes) % tailBytes)
    const kept = new Uint8Array(this.#bytesMax)
    kept.set(this.#bytes.subarray(0, this.#headBytes))
    kept.set(this.#bytes.subarray(oldest), this.#headBytes)
    kept.set(this.#bytes.subarray(this.#headBytes, oldest), this.#bytesMax - (oldest - this.#headBytes))
    return kept
  }
}

const empty = new Uint8Array(0)
