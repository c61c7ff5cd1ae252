/**
 * Separates a command's output from the marker that a helper writes after it: `<nonce>:<exit code>\n`. The nonce is random
 * for each helper, so no command writes it by accident. Works however the stream is cut into pieces.
 */
export class MarkerScanner {
  readonly #marker: Buffer
  #held: Buffer = nothing

  constructor(nonce: string) {
    this.#marker = Buffer.from(`${nonce}:`, 'latin1')
  }

  /**
   * Takes the next piece. `onOutput` gets what is certainly output, at most once, as a view that is valid only during the
   * call. Returns the exit code when the marker was seen, else -1. What follows the marker is dropped: it comes from
   * background processes and belongs to no command.
   */
  scan(piece: Buffer, onOutput: (output: Uint8Array) => void): number {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece])
    this.#held = nothing
    const at = bytes.indexOf(this.#marker)
    if (at !== -1) {
      const code = exitCodeAt(bytes, at + this.#marker.length)
      if (code === -1) this.#held = Buffer.from(bytes.subarray(at))
      if (at > 0) onOutput(bytes.subarray(0, at))
      return code
    }
    const heldBytes = this.#partialMarkerBytes(bytes)
    const outputBytes = bytes.length - heldBytes
    if (heldBytes > 0) this.#held = Buffer.from(bytes.subarray(outputBytes))
    if (outputBytes > 0) onOutput(bytes.subarray(0, outputBytes))
    return -1
  }

  /** The bytes held back because they could have begun a marker; they were output after all. */
  takeHeld(): Uint8Array {
    const held = this.#held
    this.#held = nothing
    return held
  }

  /** How many of the last bytes could be the beginning of a marker. */
  #partialMarkerBytes(bytes: Buffer): number {
    const marker = this.#marker
    const longest = Math.min(bytes.length, marker.length - 1)
    for (let count = longest; count > 0; count--) {
      if (bytes[bytes.length - count] !== marker[0]) continue
      if (bytes.compare(marker, 0, count, bytes.length - count) === 0) return count
    }
    return 0
  }
}

const nothing = Buffer.alloc(0)

/** The number up to the newline; -1 when the newline is still to come. */
function exitCodeAt(bytes: Buffer, start: number): number {
  let code = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === 0x0a) return code
    code = code * 10 + (byte - 0x30)
  }
  return -1
}
