import type { GuardedStream } from './guarded-stream.ts'
import { textWidth } from './text-width.ts'

const clearToLineEnd = '\x1b[K'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/**
 * The last lines of a terminal, rewritten in place. Each change is one write, and lines are overwritten rather than
 * blanked first, so nothing flickers. Between writes the cursor stands at the end of the last line.
 */
export class StatusArea {
  readonly #stream: GuardedStream
  readonly #size: () => TerminalSize
  readonly #style: (line: string, index: number) => string
  #shown: readonly string[] = []
  #shownColumns = 0

  /** `style` gives a line (0: the first) its looks; it must not change its width. */
  constructor(stream: GuardedStream, size: () => TerminalSize, style: (line: string, index: number) => string) {
    this.#stream = stream
    this.#size = size
    this.#style = style
  }

  /** Shows these lines instead of the former ones; `above` is printed before them and stays. It ends in a line break. */
  render(lines: readonly string[], above?: string | Uint8Array): void {
    const { columns } = this.#size()
    const isSameWidth = columns === this.#shownColumns
    if (above === undefined && isSameWidth && isSame(lines, this.#shown)) return
    const mayOverwrite = above === undefined && isSameWidth && lines.length >= this.#shown.length
    const start = mayOverwrite ? this.#toStart() : this.#erase()
    const area = lines.map((line, i) => this.#style(line, i) + clearToLineEnd).join('\n')
    this.#shown = lines
    this.#shownColumns = columns
    if (above === undefined) this.#stream.write(start + area)
    else if (typeof above === 'string') this.#stream.write(start + above + area)
    else this.#stream.write(Buffer.concat([Buffer.from(start), above, Buffer.from(area)]))
  }

  /** Moves to the first column of the area's first row. */
  #toStart(): string {
    const up = this.#rowsTaken() - 1
    return up > 0 ? `\r\x1b[${up}A` : '\r'
  }

  /** The same, clearing each row: tmux takes "clear to the end of the screen" at its top as worth a copy in its history. */
  #erase(): string {
    const taken = this.#rowsTaken()
    return taken === 0 ? '' : `\r${clearToLineEnd}${`\x1b[A${clearToLineEnd}`.repeat(taken - 1)}`
  }

  /** A terminal that was made narrower has wrapped the lines. */
  #rowsTaken(): number {
    const { columns, rows } = this.#size()
    let taken = 0
    for (const line of this.#shown) taken += Math.max(1, Math.ceil(textWidth(line) / Math.max(1, columns)))
    return Math.min(taken, rows)
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i])
}
