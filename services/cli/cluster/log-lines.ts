import { StringDecoder } from 'node:string_decoder'

/** What several tasks print at once, as whole lines with the task's name before each. */
export class LogLines {
  readonly #out: NodeJS.WritableStream
  readonly #nameOf: (task: string) => string
  /** By task: the beginning of a line whose end has not come yet. */
  readonly #begun = new Map<string, string>()
  readonly #decoders = new Map<string, StringDecoder>()

  constructor(out: NodeJS.WritableStream, nameOf: (task: string) => string) {
    this.#out = out
    this.#nameOf = nameOf
  }

  add(task: string, piece: Uint8Array): void {
    const decoder = this.#decoders.get(task) ?? new StringDecoder()
    this.#decoders.set(task, decoder)
    const lines = ((this.#begun.get(task) ?? '') + decoder.write(Buffer.from(piece))).split('\n')
    this.#begun.set(task, lines.pop()!)
    for (const line of lines) this.#out.write(`${this.#nameOf(task)} | ${line}\n`)
  }
}
