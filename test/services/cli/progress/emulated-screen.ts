import { Writable } from 'node:stream'

/** A control sequence or one character. */
const tokens = new RegExp(`${String.fromCharCode(27)}\\[([0-9;]*)([A-Za-z])|[^]`, 'gu')

/** A terminal of the size given that knows the few codes we use; another one fails the test. */
export class EmulatedScreen extends Writable {
  readonly isTTY = true
  readonly columns: number
  readonly rows: number
  #lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
  }

  /** All lines since the start, those that scrolled away included, without the empty ones at the end. */
  get lines(): readonly string[] {
    return this.#lines.join('\n').trimEnd().split('\n')
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const found = chunk.toString().matchAll(tokens)
    for (const [token, argument, code] of found) {
      if (code !== undefined) this.#control(code, Number(argument))
      else if (token === '\r') this.#column = 0
      else if (token === '\n') this.#lineFeed()
      else this.#print(token)
    }
    done()
  }

  #control(code: string, argument: number): void {
    if (code === 'm') return
    if (code === 'A') this.#row = Math.max(0, this.#lines.length - this.rows, this.#row - (argument || 1))
    else if (code === 'K') this.#cut()
    else throw new Error(`unexpected control code ${code}`)
  }

  #print(character: string): void {
    if (this.#column === this.columns) this.#lineFeed()
    const line = this.#lines[this.#row]!.padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }

  #cut(): void {
    this.#lines[this.#row] = this.#lines[this.#row]!.slice(0, this.#column)
  }

  #lineFeed(): void {
    this.#row++
    this.#column = 0
    if (this.#row === this.#lines.length) this.#lines.push('')
  }
}
