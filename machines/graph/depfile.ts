import { canonicalize } from './ninja/canonical-path.ts'

/** What a compiler said it read: the rules of a depfile, merged. Paths are canonical, each once, in order. */
export interface Depfile {
  readonly ok: true
  /** Targets that were not dependencies before. */
  readonly outputs: readonly string[]
  readonly inputs: readonly string[]
}

export type DepfileResult = Depfile | { readonly ok: false; readonly message: string }

const LF = 10
const CR = 13
const SPACE = 32
const TAB = 9
const HASH = 35
const DOLLAR = 36
const COLON = 58
const BACKSLASH = 92

/** By character code: 1 for what is plain text in a file name. Everything from 128 on is plain, too. */
const PLAIN = new Uint8Array(128)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+?"\'&,/_:.~()}{%=@[]!-') {
  PLAIN[character.charCodeAt(0)] = 1
}

/**
 * Reads the part of Makefile syntax that compilers write with -MD, -MMD and -MP, as ninja reads it: `\ ` and `\#` are
 * a space and a hash, `$$` a dollar, a backslash before a newline continues the line; any other backslash is part of
 * the name. A target that was a dependency before (-MP) is passed over; it is an error if it has dependencies itself.
 * An empty text has no outputs and no inputs. Never throws.
 */
export function parseDepfile(text: string): DepfileResult {
  return new DepfileReader(text).read()
}

class DepfileReader {
  readonly #text: string
  #position = 0
  /** The last name ended with its line. */
  #lineEnded = false

  constructor(text: string) {
    this.#text = text
  }

  read(): DepfileResult {
    const outputs = new Set<string>()
    const inputs = new Set<string>()
    let targets = true
    let sawTarget = false
    let sawName = false
    /** This rule's target is a dependency of an earlier rule. */
    let passedOver = false
    while (this.#position < this.#text.length) {
      let name = this.#readName()
      const dependency = !targets
      if (name.endsWith(':')) {
        name = name.slice(0, -1)
        targets = false
        sawTarget = true
      }
      if (name !== '') {
        sawName = true
        const path = canonicalize(name)
        if (inputs.has(path)) {
          if (!dependency) passedOver = true
        } else if (!dependency) {
          outputs.add(path)
        } else {
          if (passedOver) return { ok: false, message: 'inputs may not also have inputs' }
          inputs.add(path)
        }
      }
      if (this.#lineEnded) {
        targets = true
        passedOver = false
      }
    }
    if (sawName && !sawTarget) return { ok: false, message: "expected ':' in depfile" }
    return { ok: true, outputs: [...outputs], inputs: [...inputs] }
  }

  /** The text up to the next separator, unescaped, and passes the separator; empty where separators follow one another. */
  #readName(): string {
    const text = this.#text
    this.#lineEnded = false
    let name = ''
    for (;;) {
      const start = this.#position
      let end = start
      let code = text.charCodeAt(end)
      while (code >= 128 || PLAIN[code] === 1) code = text.charCodeAt(++end)
      if (end > start) name += text.slice(start, end)
      this.#position = end
      if (code === BACKSLASH) {
        const escaped = this.#readBackslashes()
        name += escaped.text
        if (escaped.ends) return name
      } else if (code === DOLLAR && text.charCodeAt(end + 1) === DOLLAR) {
        name += '$'
        this.#position = end + 2
      } else {
        this.#passSeparator(code)
        return name
      }
    }
  }

  #passSeparator(code: number): void {
    const newline = code === CR && this.#text.charCodeAt(this.#position + 1) === LF
    this.#lineEnded = code === LF || newline
    this.#position += newline ? 2 : 1
  }

  /** A run of backslashes and what they escape. */
  #readBackslashes(): { readonly text: string; readonly ends: boolean } {
    const text = this.#text
    const start = this.#position
    let end = start
    while (text.charCodeAt(end) === BACKSLASH) end += 1
    const count = end - start
    const next = text.charCodeAt(end)
    if (next === SPACE) {
      // An odd run escapes the space, and each pair of it is one backslash; an even run is itself, and ends the name.
      this.#position = end + 1
      const odd = count % 2 === 1
      return odd ? { text: `${'\\'.repeat((count - 1) / 2)} `, ends: false } : { text: '\\'.repeat(count), ends: true }
    }
    if (next === HASH) {
      this.#position = end + 1
      return { text: `${'\\'.repeat(count - 1)}#`, ends: false }
    }
    if (next === COLON) return this.#readEscapedColon(end, count)
    if (count === 1 && (next === LF || (next === CR && text.charCodeAt(end + 1) === LF))) {
      this.#position = end + (next === LF ? 1 : 2)
      return { text: '', ends: true }
    }
    if (next === LF || next === CR || next === 0 || Number.isNaN(next)) {
      // A lone backslash is dropped there, and separates.
      this.#position = end
      return count === 1 ? { text: '', ends: true } : { text: '\\'.repeat(count), ends: false }
    }
    this.#position = end + (next === DOLLAR ? 1 : 0)
    return { text: text.slice(start, this.#position), ends: false }
  }

  /** `\:` is a colon inside a name; before a blank, it is a name that ends in a backslash, and the target's colon. */
  #readEscapedColon(colon: number, count: number): { readonly text: string; readonly ends: boolean } {
    const code = this.#text.charCodeAt(colon + 1)
    const blank = code === SPACE || code === LF || code === CR || code === TAB || code === 0 || Number.isNaN(code)
    this.#position = colon + 1
    if (!blank) return { text: `${'\\'.repeat(count - 1)}:`, ends: false }
    if (!Number.isNaN(code)) this.#position += 1
    this.#lineEnded = code === LF
    return { text: `${'\\'.repeat(count)}:`, ends: true }
  }
}
