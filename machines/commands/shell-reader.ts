import { pathIn } from './directory-path.ts'
import type { SimpleCommand, Word } from './simple-commands.ts'

/** What is plain text in a word. */
const plain = /[^\s\\'"$`;&|<>()*?[~]+/y

/** Words that are no command at the place of one; the number says how many compound commands they open or close. */
const keywords = new Map([
  ...['then', 'else', 'elif', 'do', '!', '{', '}'].map((word) => [word, 0] as const),
  ...['if', 'while', 'until'].map((word) => [word, 1] as const),
  ...['fi', 'done', 'esac'].map((word) => [word, -1] as const),
])

/** How deep substitutions and subshells may be nested; what is deeper is not looked at. */
const depthMax = 40

const namePattern = /[A-Za-z_]\w*/y
const assignmentPattern = /^([A-Za-z_]\w*)\+?=/

interface OpenWord {
  text: string
  isComputed: boolean
  isQuoted: boolean
}

/** Reads a shell's text from left to right and collects the simple commands in it. */
export class ShellReader {
  readonly commands: SimpleCommand[] = []
  readonly variables = new Set<string>()
  isPlain = true
  readonly #text: string
  #at = 0
  #directory: string | undefined
  #assigned = new Set<string>()
  #depth: number
  readonly #functions = new Set<string>()
  /** Compound commands that are open: what they hold may not run. */
  #compound = 0
  /** Ends of the here-documents whose text begins on the next line. */
  readonly #hereEnds: string[] = []

  constructor(text: string, directory: string | undefined, depth = 0) {
    this.#text = text
    this.#directory = directory
    this.#depth = depth
  }

  read(): void {
    // A `)` that nothing opened does not end the text.
    while (this.#at < this.#text.length) this.#readList()
  }

  /** Reads commands up to a `)` and passes that. */
  #readList(): void {
    let command = new OpenCommand()
    const end = (isMaybe: boolean) => {
      this.#finish(command)
      command = new OpenCommand()
      command.isMaybe = isMaybe
    }
    const text = this.#text
    while (this.#at < text.length) {
      const character = text[this.#at]!
      if (character === ' ' || character === '\t' || character === '\r') this.#at += 1
      else if (character === '\n') {
        end(false)
        this.#at += 1
        this.#passHereDocuments()
      } else if (character === '#') {
        const lineEnd = text.indexOf('\n', this.#at)
        this.#at = lineEnd === -1 ? text.length : lineEnd
      } else if (character === ';' || character === '&' || character === '|') {
        const operator = this.#passOperator(character)
        end(operator === '||' || operator === '|')
        if (operator === ';;') this.#passPattern()
      } else if (character === '(') {
        this.#at += 1
        this.#readSubshell(command)
      } else if (character === ')') {
        this.#at += 1
        break
      } else if (character === '<' || character === '>') this.#passRedirection()
      else this.#takeWord(command, this.#readWord())
    }
    this.#finish(command)
  }

  #passOperator(character: string): string {
    const isDouble = this.#text[this.#at + 1] === character
    this.#at += isDouble ? 2 : 1
    const operator = isDouble ? character + character : character
    if (operator !== '&&' && operator !== ';') this.isPlain = false
    return operator
  }

  /** `( list )`, or the `()` of a function. */
  #readSubshell(command: OpenCommand): void {
    this.isPlain = false
    if (command.words.length === 1 && /^[ \t]*\)/.test(this.#text.slice(this.#at, this.#at + 9))) {
      this.#at = this.#text.indexOf(')', this.#at) + 1
      this.#functions.add(command.words[0]!.text)
      command.words.length = 0
      return
    }
    this.#apart(() => this.#readList())
  }

  /** Does what changes neither the directory nor the variables of the rest. */
  #apart(read: () => void): void {
    if (this.#depth >= depthMax) {
      this.#at = this.#text.length
      return
    }
    const { directory, assigned, compound } = {
      directory: this.#directory,
      assigned: this.#assigned,
      compound: this.#compound,
    }
    this.#assigned = new Set(assigned)
    this.#depth += 1
    read()
    this.#depth -= 1
    this.#directory = directory
    this.#assigned = assigned
    this.#compound = compound
  }

  #passRedirection(): void {
    this.isPlain = false
    const operator = /[<>]+[-&|]?/y
    operator.lastIndex = this.#at
    const found = operator.exec(this.#text)![0]
    this.#at = operator.lastIndex
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1
    if (this.#at >= this.#text.length || '\n;&|<>()'.includes(this.#text[this.#at]!)) return
    const target = this.#readWord()
    if (found === '<<' || found === '<<-') this.#hereEnds.push(target.text)
  }

  /** Here-documents hold no commands; what they refer to counts. */
  #passHereDocuments(): void {
    for (const end of this.#hereEnds.splice(0)) {
      while (this.#at < this.#text.length) {
        const found = this.#text.indexOf('\n', this.#at)
        const line = this.#text.slice(this.#at, found === -1 ? undefined : found)
        this.#at = found === -1 ? this.#text.length : found + 1
        if (line.trim() === end) break
        this.#noteVariablesIn(line)
      }
    }
  }

  #noteVariablesIn(text: string): void {
    for (const [, name] of text.matchAll(/\$\{?([A-Za-z_]\w*)/g)) this.#noteVariable(name!)
  }

  #noteVariable(name: string): void {
    if (!this.#assigned.has(name)) this.variables.add(name)
  }

  #takeWord(command: OpenCommand, word: OpenWord): void {
    const { words } = command
    // The number before a redirection, as in `2>&1`, is no word.
    if ('<>'.includes(this.#text[this.#at] ?? ' ') && /^\d$/.test(word.text) && !word.isQuoted) return
    if (words.length === 0 && !word.isQuoted && !word.isComputed) {
      const opens = keywords.get(word.text)
      if (opens !== undefined) {
        this.isPlain = false
        this.#compound = Math.max(0, this.#compound + opens)
        return
      }
    }
    const assignment = words.length === 0 ? assignmentPattern.exec(word.text) : null
    if (assignment !== null) command.assigned.push(assignment[1]!)
    else if (words[0]?.text === 'case' && word.text === 'in') {
      words.length = 0
      this.isPlain = false
      this.#compound += 1
      this.#passPattern()
    } else words.push(word)
  }

  /** Passes `pattern)` of a case, if there is one before `esac`. */
  #passPattern(): void {
    const pattern = /\s*(?:esac\b|[^()]*\))?/y
    pattern.lastIndex = this.#at
    const [found = ''] = pattern.exec(this.#text) ?? []
    if (!found.trimStart().startsWith('esac')) this.#at += found.length
  }

  #finish({ words, assigned, isMaybe }: OpenCommand): void {
    const [first] = words
    if (first === undefined) {
      if (!isMaybe && this.#compound === 0) for (const name of assigned) this.#assigned.add(name)
      return
    }
    if (first.text === 'for' && words[1] !== undefined) {
      this.isPlain = false
      this.#assigned.add(words[1].text)
      this.#compound += 1
      return
    }
    if (this.#functions.has(first.text)) return
    this.commands.push({ words, assigned, directory: this.#directory })
    if (first.text === 'cd') this.#directory = changed(this.#directory, words)
    else if (setsVariables.test(first.text) && !isMaybe && this.#compound === 0)
      for (const { text } of words.slice(1))
        if (text.includes('=')) this.#assigned.add(text.slice(0, text.indexOf('=')))
  }

  #readWord(): OpenWord {
    const word: OpenWord = { text: '', isComputed: false, isQuoted: false }
    const text = this.#text
    while (this.#at < text.length) {
      plain.lastIndex = this.#at
      if (plain.test(text)) {
        word.text += text.slice(this.#at, plain.lastIndex)
        this.#at = plain.lastIndex
      }
      if (this.#at >= text.length || !this.#readSpecial(word)) break
    }
    return word
  }

  /** Reads on where a character is not plain; false at the end of the word. */
  #readSpecial(word: OpenWord): boolean {
    const character = this.#text[this.#at]!
    switch (character) {
      case '\\':
        word.isQuoted = true
        if (this.#text[this.#at + 1] !== '\n') word.text += this.#text[this.#at + 1] ?? ''
        this.#at += 2
        return true
      case "'": {
        const close = this.#text.indexOf("'", this.#at + 1)
        const end = close === -1 ? this.#text.length : close
        word.isQuoted = true
        word.text += this.#text.slice(this.#at + 1, end)
        this.#at = end + 1
        return true
      }
      case '"':
        word.isQuoted = true
        this.#readDoubleQuoted(word)
        return true
      case '$':
        this.#readDollar(word)
        return true
      case '`':
        this.#readBackticks(word)
        return true
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case ';':
      case '&':
      case '|':
      case '<':
      case '>':
      case '(':
      case ')':
        return false
      default:
        if ('*?['.includes(character) || (character === '~' && word.text === '')) word.isComputed = true
        word.text += character
        this.#at += 1
        return true
    }
  }

  #readDoubleQuoted(word: OpenWord): void {
    const text = this.#text
    this.#at += 1
    while (this.#at < text.length) {
      const character = text[this.#at]!
      if (character === '"') break
      if (character === '$') this.#readDollar(word)
      else if (character === '`') this.#readBackticks(word)
      else if (character === '\\') {
        const next = text[this.#at + 1] ?? ''
        if (next !== '\n') word.text += '$`"\\'.includes(next) ? next : `\\${next}`
        this.#at += 2
      } else {
        const special = /[$`"\\]/g
        special.lastIndex = this.#at
        const end = special.exec(text)?.index ?? text.length
        word.text += text.slice(this.#at, end)
        this.#at = end
      }
    }
    this.#at += 1
  }

  /** What begins with `$`; alone it is just that. */
  #readDollar(word: OpenWord): void {
    const text = this.#text
    const next = text[this.#at + 1] ?? ''
    namePattern.lastIndex = this.#at + 1
    const name = namePattern.exec(text)?.[0]
    if (name !== undefined) {
      word.isComputed = true
      this.#noteVariable(name)
      this.#at += 1 + name.length
    } else if (next === '(') {
      word.isComputed = true
      this.#readSubstitution()
    } else if (next === '{') {
      word.isComputed = true
      this.#at += 2
      this.#readParameter()
    } else if (/[\d@*#?$!-]/.test(next)) {
      word.isComputed = true
      this.#at += 2
    } else {
      word.text += '$'
      this.#at += 1
    }
  }

  /** `$(list)`, or `$((expression))`, in which only names count. */
  #readSubstitution(): void {
    this.isPlain = false
    const arithmetic = /\$\(\(([^()]*(?:\([^()]*\)[^()]*)*)\)\)/y
    arithmetic.lastIndex = this.#at
    const expression = arithmetic.exec(this.#text)
    if (expression !== null) {
      this.#noteVariablesIn(expression[1]!)
      this.#at = arithmetic.lastIndex
      return
    }
    this.#at += 2
    this.#apart(() => this.#readList())
  }

  /** The rest of `${NAME...}`. */
  #readParameter(): void {
    const text = this.#text
    if (text[this.#at] === '#') this.#at += 1
    namePattern.lastIndex = this.#at
    const name = namePattern.exec(text)?.[0] ?? ''
    if (name !== '') this.#noteVariable(name)
    this.#at += name.length
    const ignored: OpenWord = { text: '', isComputed: false, isQuoted: false }
    this.#apart(() => {
      while (this.#at < text.length && text[this.#at] !== '}') {
        const character = text[this.#at]!
        if (character === '$') this.#readDollar(ignored)
        else if (character === '`') this.#readBackticks(ignored)
        else if (character === '"') this.#readDoubleQuoted(ignored)
        else this.#at += character === '\\' ? 2 : 1
      }
      this.#at += 1
    })
  }

  #readBackticks(word: OpenWord): void {
    word.isComputed = true
    this.isPlain = false
    let close = this.#at + 1
    while (close < this.#text.length && this.#text[close] !== '`') close += this.#text[close] === '\\' ? 2 : 1
    const inner = this.#text.slice(this.#at + 1, close).replaceAll(/\\([\\`$])/g, '$1')
    this.#at = close + 1
    if (this.#depth >= depthMax) return
    const reader = new ShellReader(inner, this.#directory, this.#depth + 1)
    reader.#assigned = new Set(this.#assigned)
    reader.read()
    for (const command of reader.commands) this.commands.push(command)
    for (const name of reader.variables) this.variables.add(name)
  }
}

class OpenCommand {
  readonly words: OpenWord[] = []
  readonly assigned: string[] = []
  /** Runs only if what is before it failed, or apart from the rest. */
  isMaybe = false
}

const setsVariables = /^(?:export|readonly|local|declare|typeset)$/

function changed(directory: string | undefined, words: readonly Word[]): string | undefined {
  const target = words.slice(1).find(({ text }) => !/^-[LPe]*$|^--$/.test(text))
  if (target === undefined || target.isComputed) return undefined
  if (target.text.startsWith('/')) return pathIn('.', target.text)
  return directory === undefined ? undefined : pathIn(directory, target.text)
}
