import { ExecutorError } from './executor.ts'

/** Builtins and reserved words of dash, bash, busybox ash and the Korn shells: never sent to a helper as they are. */
const shellWords = new Set(
  `. : ! [ [[ ]] { } alias autoload bg bind break builtin caller case cd chdir command compgen complete compopt continue
   coproc declare dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for function
   functions getopts hash hist history if in integer jobs kill let local logout mapfile nameref noglob popd print
   printf pushd pwd read readarray readonly rehash return select set setopt shift shopt source suspend test then time
   times trap true type typeset ulimit umask unalias unfunction unset unsetopt until wait whence while`.split(/\s+/),
)

/** Builtins that neither change a shell nor can fail in a way that ends it; builds use them (CMake: `: && cc ... && :`). */
const harmlessWords = new Set([':', 'true'])

/**
 * One word that means the same in every shell and in every place: plain characters, an escaped character, a single-quoted
 * text, or a double-quoted text without expansions. No newline outside of quotes.
 */
const plainWord = /(?:[A-Za-z0-9_/.,=+:@%^-]|\\[\x20-\x7e]|'[^']*'|"(?:[^"\\$`]|\\[\x20-\x7e])*")+/y
const blanks = /[ \t]*/y
const andIf = /&&[ \t]*/y

/** Quotes one word so that a shell takes it literally. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_/.,=+:@%^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Turns orders into lines that a helper shell can run without being changed, confused or ended by them. */
export class CommandLines {
  readonly #functions = new Set<string>()

  /** `env`: the helpers' environment, in which bash may import functions that hide programs. */
  constructor(env: Readonly<Record<string, string>>) {
    for (const name of Object.keys(env)) {
      const match = /^BASH_FUNC_(.*)(?:%%|\(\))$/.exec(name)
      if (match) this.#functions.add(match[1]!)
    }
  }

  /**
   * The line for a command: itself when it is a list of plain external commands joined by `&&`, else `/bin/sh -c` of it.
   * Throws {@link ExecutorError} for what no operating system can start (NUL characters, no words).
   */
  line(
    command: { readonly shell: string } | { readonly argv: readonly string[] },
    env?: Readonly<Record<string, string>>,
  ): string {
    const line = 'argv' in command ? this.#argvLine(command.argv) : this.#shellLine(command.shell, env !== undefined)
    const whole = env === undefined ? line : environmentPrefix(env) + line
    if (whole.includes('\0')) throw new ExecutorError('a command or its environment contains a NUL character')
    return whole
  }

  #argvLine(argv: readonly string[]): string {
    const program = argv[0]
    if (program === undefined) throw new ExecutorError('a command has no words')
    const line = argv.map(quoteWord).join(' ')
    return this.#isExternal(program) ? line : `/usr/bin/env ${line}`
  }

  #shellLine(text: string, isPrefixed: boolean): string {
    // An environment prefix would reach only the first command of a list.
    if (this.#isPlainList(text) && !(isPrefixed && /&&|^\s*(?::|true)(?:\s|$)/.test(text))) return text
    return `/bin/sh -c '${text.replaceAll("'", "'\\''")}'`
  }

  #isExternal(word: string): boolean {
    return !shellWords.has(word) && !this.#functions.has(word)
  }

  #isPlainList(text: string): boolean {
    let at = skip(blanks, text, 0)
    while (true) {
      const start = at
      at = skip(plainWord, text, at)
      if (at === start || !this.#startsSafely(text.slice(start, at))) return false
      while (true) {
        const afterWord = at
        at = skip(blanks, text, at)
        if (at === text.length) return true
        const next = skip(plainWord, text, at)
        if (next === at) break
        // Two words always have a blank between them, as a word takes all it can.
        if (at === afterWord) return false
        at = next
      }
      const afterAnd = skip(andIf, text, at)
      if (afterAnd === at) return false
      at = afterAnd
    }
  }

  /** Whether a command's first word names a program (quoted first words are left to a shell). */
  #startsSafely(word: string): boolean {
    return /^[A-Za-z0-9_/.:][A-Za-z0-9_/.,+:@%^-]*$/.test(word) && (harmlessWords.has(word) || this.#isExternal(word))
  }
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** Variables that mean something to a shell itself: an assignment could fail, or change how the line is run. */
const shellVariable =
  /^(?:_|BASH.*|CDPATH|DIRSTACK|ENV|EUID|FUNCNAME|GROUPS|HIST.*|IFS|LANG|LC_.*|LINENO|OLDPWD|OPT.*|PATH|POSIXLY_CORRECT|PPID|PS[0-9]|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|TEXTDOMAIN.*|UID)$/

/** `A='b' ` before a command; the `env` program for names that a shell would refuse or act upon. */
function environmentPrefix(env: Readonly<Record<string, string>>): string {
  const entries = Object.entries(env)
  if (entries.length === 0) return ''
  for (const [name] of entries) {
    if (name === '' || name.includes('=')) throw new ExecutorError(`"${name}" cannot be the name of a variable`)
  }
  const isPlain = entries.every(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellVariable.test(name))
  if (isPlain) return `${entries.map(([name, value]) => `${name}=${quoteWord(value)}`).join(' ')} `
  return `/usr/bin/env -- ${entries.map(([name, value]) => quoteWord(`${name}=${value}`)).join(' ')} `
}
