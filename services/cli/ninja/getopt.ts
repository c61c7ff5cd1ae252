/** What a command line may hold: short options as in getopt's `optstring` (`ab:`), and long ones. */
export interface OptionForms {
  /** A letter for each; a `:` after it: takes a value. */
  readonly short: string
  /** Long options without values, each with what it stands for. They may be abbreviated. */
  readonly long?: Readonly<Record<string, string>>
}

export type Argument =
  /** A letter, or what a long option stands for. */
  | { readonly option: string; readonly value: string }
  | { readonly operand: string }
  /** Nothing of {@link OptionForms}; getopt's message, without the program's name. */
  | { readonly mistake: string }

/**
 * Reads a command line as GNU getopt_long does: bundled letters, values attached or in the next word, long options
 * abbreviated, operands anywhere, `--` before operands alone. Once an option has been taken, `rest` gives the words that
 * follow it.
 */
export class OptionReader implements Iterable<Argument> {
  readonly #words: readonly string[]
  readonly #forms: OptionForms
  #next = 0

  constructor(words: readonly string[], forms: OptionForms) {
    this.#words = words
    this.#forms = forms
  }

  /** The words that have not been looked at. */
  get rest(): readonly string[] {
    return this.#words.slice(this.#next)
  }

  *[Symbol.iterator](): Iterator<Argument> {
    while (this.#next < this.#words.length) {
      const word = this.#words[this.#next++]!
      if (word === '--') {
        while (this.#next < this.#words.length) yield { operand: this.#words[this.#next++]! }
      } else if (word.startsWith('--') && this.#forms.long !== undefined) yield this.#longOption(word.slice(2))
      else if (word.startsWith('-') && word.length > 1) yield* this.#letters(word)
      else yield { operand: word }
    }
  }

  *#letters(word: string): Generator<Argument> {
    const { short } = this.#forms
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!
      const known = letter === ':' ? -1 : short.indexOf(letter)
      if (known < 0) yield { mistake: `invalid option -- '${letter}'` }
      else if (short[known + 1] !== ':') yield { option: letter, value: '' }
      else {
        const attached = word.slice(at + 1)
        if (attached !== '') yield { option: letter, value: attached }
        else if (this.#next < this.#words.length) yield { option: letter, value: this.#words[this.#next++]! }
        else yield { mistake: `option requires an argument -- '${letter}'` }
        return
      }
    }
  }

  #longOption(text: string): Argument {
    const long = this.#forms.long!
    const [name = '', value] = text.split(/=(.*)/s, 2)
    const names = name in long ? [name] : Object.keys(long).filter((candidate) => candidate.startsWith(name))
    if (names.length === 0) return { mistake: `unrecognized option '--${text}'` }
    if (names.length > 1) {
      const possibilities = names.map((candidate) => ` '--${candidate}'`).join('')
      return { mistake: `option '--${text}' is ambiguous; possibilities:${possibilities}` }
    }
    if (value !== undefined) return { mistake: `option '--${names[0]}' doesn't allow an argument` }
    return { option: long[names[0]!]!, value: '' }
  }
}
