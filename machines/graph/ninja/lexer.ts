import { errorInText, type ManifestError } from './manifest-error.ts'
import type { Template, Value } from './template.ts'
import { describeAt, keyword, type Token, tokenPhrase } from './token.ts'
import { nameEnd, simpleNameEnd } from './variable-name.ts'
import type { VariableTable } from './variable-table.ts'

const LF = 10
const CR = 13
const SPACE = 32
const HASH = 35
const DOLLAR = 36
const COLON = 58
const EQUALS = 61
const AT = 64
const BRACE_OPEN = 123
const PIPE = 124
const BRACE_CLOSE = 125

/** Cuts one manifest, or dyndep file, into tokens, paths and values, as ninja's lexer does. */
export class Lexer {
  readonly file: string
  readonly #text: string
  readonly #variables: VariableTable
  /** Where reading goes on. */
  #position = 0
  /** Where the last token began. */
  tokenStart = 0
  /** The first `$` and the first carriage return at or after a place; they only move forward. */
  #nextDollar = -1
  #nextReturn = -1

  constructor(file: string, text: string, variables: VariableTable) {
    this.file = file
    // A NUL ends the text, as it does for ninja.
    const end = text.indexOf('\0')
    this.#text = end < 0 ? text : text.slice(0, end)
    this.#variables = variables
  }

  get position(): number {
    return this.#position
  }

  /** Reads a token, and the blanks after it. Comments, together with their newline, are skipped. */
  readToken(): Token {
    const text = this.#text
    for (;;) {
      const start = this.#position
      let end = start
      let code = text.charCodeAt(end)
      while (code === SPACE) code = text.charCodeAt(++end)
      if (code === HASH) {
        const newline = text.indexOf('\n', end)
        if (newline >= 0) {
          this.#position = newline + 1
          continue
        }
      }
      this.tokenStart = start
      if (code === LF) {
        this.#position = end + 1
        return 'newline'
      }
      if (code === CR && text.charCodeAt(end + 1) === LF) {
        this.#position = end + 2
        return 'newline'
      }
      if (end > start) {
        this.#position = end
        this.#skipBlanks()
        return 'indent'
      }
      return this.#readWord(start, code)
    }
  }

  /** Reads the next token if it is of this kind; otherwise leaves it to be read again. */
  takeToken(wanted: Token): boolean {
    if (this.readToken() === wanted) return true
    this.unreadToken()
    return false
  }

  /** The same for tokens that begin with a pipe, most often absent. Only after a path: a comment can't stand there. */
  takePipe(wanted: '|' | '||' | '|@'): boolean {
    return this.#text.charCodeAt(this.#position) === PIPE && this.takeToken(wanted)
  }

  /** Passes this text, the whole of a token sequence with the blanks after it, if it stands at the reading position. */
  takePrefix(prefix: string): boolean {
    const start = this.#position
    const end = start + prefix.length
    if (!this.#text.startsWith(prefix, start)) return false
    const next = this.#text.charCodeAt(end)
    if (next === SPACE || next === DOLLAR) return false
    this.tokenStart = start
    this.#position = end
    return true
  }

  unreadToken(): void {
    this.#position = this.tokenStart
  }

  expectToken(wanted: Token): void {
    const token = this.readToken()
    if (token === wanted) return
    const mend = wanted === ':' ? 'a colon inside a path is written $:' : undefined
    this.unreadToken()
    this.fail(`found ${describeAt(this.#text, this.#position)}, expected ${tokenPhrase(wanted)}`, this.tokenStart, mend)
  }

  /** A name of a rule, pool or variable; `expected` says which, for the error message. */
  readIdentifier(expected: string): string {
    const text = this.#text
    const start = this.#position
    const end = nameEnd(text, start)
    this.tokenStart = start
    if (end === start) this.fail(`found ${describeAt(this.#text, this.#position)}, expected ${expected}`)
    this.#position = end
    this.#skipBlanks()
    return text.slice(start, end)
  }

  /** A path, and the blanks after it; empty where there is none. */
  readPath(): Value {
    const text = this.#text
    const start = this.#position
    let end = start
    let code = text.charCodeAt(end)
    while (!(code <= COLON || code === PIPE) || !isPathEnd(code)) {
      // NaN: the end of the text.
      if (Number.isNaN(code)) break
      code = text.charCodeAt(++end)
    }
    if (code === DOLLAR || code === CR || Number.isNaN(code)) {
      const value = this.#readEscaped(true)
      this.#skipBlanks()
      return value
    }
    this.#position = end
    if (code === SPACE) this.#skipBlanks()
    return text.slice(start, end)
  }

  /** The rest of the line, and its newline. */
  readValue(): Value {
    const start = this.#position
    const end = this.#passPlainValue()
    return end < 0 ? this.#readEscaped(false) : this.#text.slice(start, end)
  }

  /** Passes a value that nobody wants; a mistake in it is still one. */
  skipValue(): void {
    if (this.#passPlainValue() < 0) this.#readEscaped(false)
  }

  /** Ends the reading with an error at this offset of the text. */
  fail(message: string, offset: number = this.tokenStart, mend?: string): never {
    throw this.errorAt(message, offset, mend)
  }

  /** Ends the reading because something else stands at the reading position. */
  failExpected(expected: string): never {
    const found = describeAt(this.#text, this.#position)
    this.fail(`found ${found}, expected ${expected}`, this.#position)
  }

  /** Ends the reading because of the token that was just read. */
  failUnexpected(expected: string): never {
    this.unreadToken()
    this.refuseTab()
    this.failExpected(expected)
  }

  /** Ends the reading if a tab stands where a line's indentation would. */
  refuseTab(): void {
    if (this.#text.charAt(this.#position) === '\t') this.fail('tabs are not allowed, use spaces', this.#position)
  }

  /** An error with a place, to be thrown. */
  errorAt(message: string, offset: number, mend?: string): ManifestError {
    return errorInText(this.file, this.#text, offset, message, mend)
  }

  /** Passes the rest of the line if nothing in it needs unescaping, and returns where its text ends; otherwise -1. */
  #passPlainValue(): number {
    const text = this.#text
    const start = this.#position
    const newline = text.indexOf('\n', start)
    if (newline < 0) return -1
    if (this.#nextDollar < start) this.#nextDollar = indexOrEnd(text, '$', start)
    if (this.#nextReturn < start) this.#nextReturn = indexOrEnd(text, '\r', start)
    const end = newline > start && this.#nextReturn === newline - 1 ? newline - 1 : newline
    if (this.#nextDollar < newline || this.#nextReturn < end) return -1
    this.#position = newline + 1
    return end
  }

  #readWord(start: number, code: number): Token {
    const text = this.#text
    let end = start + 1
    let token: Token
    if (code === COLON) token = ':'
    else if (code === EQUALS) token = '='
    else if (code === PIPE) {
      const next = text.charCodeAt(end)
      token = next === PIPE ? '||' : next === AT ? '|@' : '|'
      if (token !== '|') end += 1
    } else if (Number.isNaN(code)) {
      this.#position = start
      return 'end of file'
    } else {
      end = nameEnd(text, start)
      if (end === start) {
        this.#position = start
        return 'unknown'
      }
      token = keyword(text, start, end - start)
    }
    this.#position = end
    this.#skipBlanks()
    return token
  }

  /** Spaces and escaped newlines. */
  #skipBlanks(): void {
    const text = this.#text
    let end = this.#position
    for (;;) {
      const code = text.charCodeAt(end)
      if (code === SPACE) end += 1
      else if (code !== DOLLAR) break
      else if (text.charCodeAt(end + 1) === LF) end += 2
      else if (text.charCodeAt(end + 1) === CR && text.charCodeAt(end + 2) === LF) end += 3
      else break
    }
    this.#position = end
  }

  /** The general form of a path or value: with escapes, references and errors. */
  #readEscaped(isPath: boolean): Value {
    const text = this.#text
    const texts: string[] = []
    const variables: number[] = []
    let literal = ''
    for (;;) {
      const start = this.#position
      let end = start
      let code = text.charCodeAt(end)
      while (!Number.isNaN(code) && code !== DOLLAR && code !== LF && code !== CR && !(isPath && isPathEnd(code))) {
        code = text.charCodeAt(++end)
      }
      if (end > start) literal += text.slice(start, end)
      this.#position = end
      if (code === DOLLAR) {
        const next = text.charCodeAt(end + 1)
        if (next === DOLLAR || next === SPACE || next === COLON) {
          literal += text.charAt(end + 1)
          this.#position = end + 2
        } else if (next === LF || (next === CR && text.charCodeAt(end + 2) === LF)) {
          end += next === LF ? 2 : 3
          while (text.charCodeAt(end) === SPACE) end += 1
          this.#position = end
        } else {
          texts.push(literal)
          variables.push(this.#readReference(end))
          literal = ''
        }
        continue
      }
      this.#endText(code, isPath)
      if (variables.length === 0) return literal
      texts.push(literal)
      return { texts, variables } satisfies Template
    }
  }

  /** Checks that a path or value may end here, and passes a value's newline. */
  #endText(code: number, isPath: boolean): void {
    const end = this.#position
    if (Number.isNaN(code)) {
      this.fail('found the end of the file, expected the end of the line', end, 'end the last line with a newline')
    }
    if (code === CR && this.#text.charCodeAt(end + 1) !== LF) {
      this.fail('found a carriage return inside a line', end)
    }
    if (!isPath) this.#position = end + (code === CR ? 2 : 1)
  }

  /** `$name` or `${name}`, the `$` of which is at `start`. */
  #readReference(start: number): number {
    const text = this.#text
    const braced = text.charCodeAt(start + 1) === BRACE_OPEN
    const first = start + (braced ? 2 : 1)
    const end = braced ? nameEnd(text, first) : simpleNameEnd(text, first)
    if (end === first || (braced && text.charCodeAt(end) !== BRACE_CLOSE)) {
      this.fail('bad $-escape', start, 'a plain $ is written $$')
    }
    this.#position = braced ? end + 1 : end
    return this.#variables.number(text.slice(first, end))
  }
}

function isPathEnd(code: number): boolean {
  return code === SPACE || code === LF || code === COLON || code === PIPE || code === DOLLAR || code === CR
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from)
  return index < 0 ? text.length : index
}
