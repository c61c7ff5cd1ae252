import { Writable } from 'node:stream'

/** An output stream that keeps what is written, and counts the writes. */
export class MemoryStream extends Writable {
  readonly isTTY: boolean
  columns = 80
  rows = 24
  writes = 0
  readonly #chunks: Buffer[] = []

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  get text(): string {
    return this.bytes.toString()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk.length > 0) this.writes++
    this.#chunks.push(chunk)
    done()
  }
}
