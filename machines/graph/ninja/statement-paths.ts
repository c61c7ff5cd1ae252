import type { FileNumber } from '../build-graph.ts'
import type { FileTable } from './file-table.ts'
import type { Lexer } from './lexer.ts'
import { expand, type Template, type VariableSource } from './template.ts'

const NONE: readonly FileNumber[] = []

/**
 * The paths of one build statement in a row: outputs, inputs, order-only inputs, validations. The same arrays serve
 * every statement in turn, so that reading one leaves no garbage.
 */
export class StatementPaths {
  readonly #files: FileTable
  /** File numbers; -1 where the path refers to variables and waits for the statement's bindings. */
  readonly #numbers: FileNumber[] = []
  /** Where each path stands in the text. */
  readonly #offsets: number[] = []
  /** How many paths this statement has so far. */
  count = 0
  #waiting: { readonly index: number; readonly template: Template }[] = []

  constructor(files: FileTable) {
    this.#files = files
  }

  clear(): void {
    this.count = 0
    if (this.#waiting.length > 0) this.#waiting = []
  }

  /** Some path refers to variables. */
  get waits(): boolean {
    return this.#waiting.length > 0
  }

  /** Reads paths up to the first thing that is none. Returns how many there are now. */
  read(lexer: Lexer): number {
    for (;;) {
      const offset = lexer.position
      const path = lexer.readPath()
      if (path === '') return this.count
      const index = this.count
      this.count = index + 1
      this.#offsets[index] = offset
      if (typeof path === 'string') {
        this.#numbers[index] = this.#files.intern(path)
      } else {
        this.#numbers[index] = -1
        this.#waiting.push({ index, template: path })
      }
    }
  }

  /** Expands the paths that refer to variables. */
  expand(lexer: Lexer, variables: VariableSource): void {
    for (const { index, template } of this.#waiting) {
      const path = expand(template, variables)
      if (path === '') lexer.fail('empty path', this.#offsets[index])
      this.#numbers[index] = this.#files.intern(path)
    }
  }

  offset(index: number): number {
    return this.#offsets[index]!
  }

  slice(from: number, to: number): readonly FileNumber[] {
    if (from === to) return NONE
    return to === from + 1 ? [this.#numbers[from]!] : this.#numbers.slice(from, to)
  }
}
