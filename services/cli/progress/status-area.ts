import type { GuardedStream } from './guarded-stream.ts'
import { textWidth } from './text-width.ts'

const clearToLineEnd = '\x1b[K'
const clearToScreenEnd = '\x1b[J'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/**
 * The last lines of a terminal, rewritten in place. Each change is one write that overwrites the old lines and never
 * blanks them first, so nothing flickers. Between writes the cursor stands at the end of the last line.
 */
export class StatusArea {
  readonly #stream: GuardedStream
  readonly #size: () => TerminalSize
  readonly #style: (line: string, index: number) => string
  #shown: readonly string[] = []

  /** `style` gives a line (0: the first) its looks; it must not change its width. */
  constructor(stream: GuardedStream, size: () => TerminalSize, style: (line: string, index: number) => string) {
    this.#stream = stream
    this.#size = size
    this.#style = style
  }

  /** Shows these lines instead of the former ones; `above` is printed before them and stays. It ends in a line break. */
  render(lines: readonly string[], above?: string | Uint8Array): void {
    if (above === undefined && isSame(lines, this.#shown)) return
    const start = this.#toStart()
    const drawn = lines.map((line, i) => this.#style(line, i) + clearToLineEnd).join('\n')
    const area = drawn + (lines.length < this.#shown.length || above !== undefined ? clearToScreenEnd : '')
    this.#shown = lines
    if (above === undefined) this.#stream.write(start + area)
    else if (typeof above === 'string') this.#stream.write(start + clearToScreenEnd + above + area)
    else this.#stream.write(Buffer.concat([Buffer.from(start + clearToScreenEnd), above, Buffer.from(area)]))
  }

  /** Moves to the first column of the area's first row. A terminal that was made narrower has wrapped the lines. */
  #toStart(): string {
    if (this.#shown.length === 0) return ''
    const { columns, rows } = this.#size()
    let taken = 0
    for (const line of this.#shown) taken += Math.max(1, Math.ceil(textWidth(line) / Math.max(1, columns)))
    const up = Math.min(taken, rows) - 1
    return up > 0 ? `\r\x1b[${up}A` : '\r'
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i])
}
