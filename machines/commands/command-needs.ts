import type { Command } from '../graph/build-graph.ts'
import { pathIn } from './directory-path.ts'
import {
  builtins,
  compilerVariables,
  generalVariables,
  type Interpreter,
  programKind,
  shellVariables,
  type Wrapper,
} from './program-kinds.ts'
import { readScript, simpleCommands, type Word } from './simple-commands.ts'

/** What a command finds around it, as far as its text tells. */
export interface CommandNeeds {
  /**
   * The programs it starts, each once, in order: a name to be looked up in PATH, or a path with a `/` in it, relative to the
   * graph's directory (`./x` for a file in that directory itself) or absolute.
   */
  readonly programs: readonly string[]
  /** Files that an interpreter among the programs is told to run: paths relative to the graph's directory or absolute. */
  readonly scripts: readonly string[]
  /** Names of the environment variables that matter, sorted. */
  readonly variables: readonly string[]
}

/**
 * Reads a command's text for what it needs besides its inputs. Wrappers (ccache, env, timeout, `cmake -E env`) are seen
 * through; a program or directory whose name is computed gives only the variables it is computed from. Best effort on any
 * text, without errors. Equal needs are the same object.
 *
 * @param cwd the task's working directory, relative to the graph's directory or absolute
 */
export function commandNeeds(command: Command, cwd?: string): CommandNeeds {
  const program = 'shell' in command ? onlyProgram(command.shell) : undefined
  if (program === undefined) return new NeedsReader().read(command, cwd)
  const key = `${cwd ?? ''}\n${program}`
  let needs = simpleNeeds.get(key)
  if (needs === undefined) {
    needs = new NeedsReader().read({ shell: program }, cwd)
    remember(simpleNeeds, key, needs)
  }
  return needs
}

/** Needs of commands whose arguments don't matter, by directory and program. */
const simpleNeeds = new Map<string, CommandNeeds>()
const simpleNeedsMax = 10_000

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= simpleNeedsMax) map.clear()
  map.set(key, value)
}

/** The beginning of a text that is one simple command of a compiler or binary tool; nothing else in it matters then. */
function onlyProgram(text: string): string | undefined {
  const [start, program] = startsTool.exec(text) ?? []
  if (program === undefined || hasOperator.test(text)) return undefined
  return programKind(baseName(program)).isTool ? start : undefined
}

const startsTool = /^(?:(?:[\w./-]*\/)?s?ccache )?([\w@%+:,./-]+)(?![^ ])/
const hasOperator = /[;&|<>()$`\n#]/

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1)
}

/** How deep texts in texts (`sh -c`) are looked into. */
const nestedMax = 8

class NeedsReader {
  readonly #programs = new Set<string>()
  readonly #scripts = new Set<string>()
  readonly #variables = new Set<string>()
  /** The tables whose variables count besides. */
  readonly #tables = new Set<readonly string[]>()
  #nested = 0

  read(command: Command, cwd: string | undefined): CommandNeeds {
    const { commands, variables, isShell } = simpleCommands(command, cwd)
    for (const name of variables) this.#variables.add(name)
    for (const simple of commands) this.#take(simple.words, simple.directory, isShell)
    if (this.#programs.size > 0) this.#tables.add(generalVariables)
    return interned([...this.#programs], [...this.#scripts], allVariables([...this.#variables], [...this.#tables]))
  }

  #readText(text: string, directory: string | undefined): void {
    if (this.#nested >= nestedMax) return
    this.#nested += 1
    const { commands, variables } = readScript(text, directory)
    for (const name of variables) this.#variables.add(name)
    for (const simple of commands) this.#take(simple.words, simple.directory, true)
    this.#nested -= 1
  }

  /** Notes the program that begins `words`, and what it starts or runs in its turn. */
  #take(words: readonly Word[], directory: string | undefined, isShell: boolean): void {
    let rest = words
    let where = directory
    let inShell = isShell
    for (;;) {
      const [first] = rest
      if (first === undefined || first.isComputed || first.text === '') return
      const isBuiltin = inShell && builtins.has(first.text)
      if (isBuiltin) {
        if (first.text === 'eval') this.#readText(textOf(rest.slice(1)), where)
        else if (first.text === '.' || first.text === 'source') this.#takeScript(rest[1], where)
        if (first.text !== 'exec' && first.text !== 'command') return
      } else this.#takeProgram(first.text, where)
      const step = this.#takeWords(baseName(first.text), rest.slice(1), where)
      if (step === undefined) return
      rest = step.words
      where = step.directory
      inShell = isBuiltin
    }
  }

  #takeProgram(program: string, directory: string | undefined): void {
    if (!program.includes('/')) this.#programs.add(program)
    else if (program.startsWith('/') || directory !== undefined) {
      const path = pathIn(directory ?? '.', program)
      this.#programs.add(path.includes('/') ? path : `./${path}`)
    }
  }

  #takeScript(word: Word | undefined, directory: string | undefined): void {
    if (word === undefined || word.isComputed || word.text === '' || word.text === '-') return
    if (word.text.startsWith('/') || directory !== undefined) this.#scripts.add(pathIn(directory ?? '.', word.text))
  }

  /** Notes what the words of a program say; returns the words of the program that it starts. */
  #takeWords(name: string, words: readonly Word[], directory: string | undefined): Started | undefined {
    const { isTool, isShell, isCmake, wrapper, interpreter } = programKind(name)
    if (isTool) {
      this.#tables.add(compilerVariables)
      return undefined
    }
    if (isShell) return this.#takeShell(words, directory)
    if (isCmake && words[0]?.text === '-E') return startedByCmake(words.slice(1), directory)
    if (wrapper !== undefined) return startedBy(wrapper, words, directory)
    if (interpreter !== undefined) this.#takeInterpreter(interpreter, words, directory)
    return undefined
  }

  #takeShell(words: readonly Word[], directory: string | undefined): Started | undefined {
    this.#tables.add(shellVariables)
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!
      if (/^-[a-z]*c$/.test(word.text)) {
        const text = words[at + 1]
        if (text !== undefined && !text.isComputed) this.#readText(text.text, directory)
        return undefined
      }
      if (/^[-+]o$|^--(?:rcfile|init-file)$/.test(word.text)) at += 1
      else if (!/^[-+]/.test(word.text)) {
        this.#takeScript(word, directory)
        // `sh ./libtool` starts what comes after libtool's own words.
        const { wrapper } = programKind(baseName(word.text))
        return wrapper === undefined ? undefined : startedBy(wrapper, words.slice(at + 1), directory)
      }
    }
    return undefined
  }

  #takeInterpreter(interpreter: Interpreter, words: readonly Word[], directory: string | undefined): void {
    this.#tables.add(interpreter.variables)
    const { values, file, code } = interpreter
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!
      if (file?.test(word.text)) {
        at += 1
        this.#takeScript(words[at], directory)
      } else if (values.test(word.text)) at += 1
      else if (code.test(word.text)) return
      else if (!word.text.startsWith('-')) {
        this.#takeScript(word, directory)
        return
      }
    }
  }
}

interface Started {
  readonly words: readonly Word[]
  readonly directory: string | undefined
}

const isAssignment = (text: string) => /^[A-Za-z_]\w*=/.test(text)

function startedBy(wrapper: Wrapper, words: readonly Word[], directory: string | undefined): Started | undefined {
  let operands = wrapper.operands ?? 0
  for (let at = 0; at < words.length; at++) {
    const { text } = words[at]!
    if (wrapper.values.test(text)) at += 1
    else if (text.startsWith('-') || isAssignment(text)) continue
    else if (operands > 0) operands -= 1
    else return { words: words.slice(at), directory }
  }
  return undefined
}

/** `cmake -E env|time|chdir ...`; other tools of `cmake -E` start nothing. */
function startedByCmake(words: readonly Word[], directory: string | undefined): Started | undefined {
  const tool = words[0]?.text
  if (tool === 'chdir') {
    const target = words[1]
    if (target === undefined) return undefined
    const known = !target.isComputed && (directory !== undefined || target.text.startsWith('/'))
    return { words: words.slice(2), directory: known ? pathIn(directory ?? '.', target.text) : undefined }
  }
  if (tool !== 'env' && tool !== 'time') return undefined
  const start = words.findIndex(
    ({ text }, i) => i > 0 && !text.startsWith('-') && !(tool === 'env' && isAssignment(text)),
  )
  return start === -1 ? undefined : { words: words.slice(start), directory }
}

function textOf(words: readonly Word[]): string {
  return words.map(({ text, isComputed }) => (isComputed ? '$0' : text)).join(' ')
}

/** Lists of variables, by the names in a text and by numbers of tables: there are few different ones. */
const lists = new Map<string, readonly string[]>()
const tableNumbers = new Map<readonly string[], number>()

function allVariables(names: readonly string[], tables: readonly (readonly string[])[]): readonly string[] {
  const numbers = tables.map((table) => {
    if (!tableNumbers.has(table)) tableNumbers.set(table, tableNumbers.size)
    return tableNumbers.get(table)
  })
  const key = `${numbers.join()} ${names.join()}`
  let list = lists.get(key)
  if (list === undefined) {
    list = [...new Set([...names, ...tables.flat()])].sort()
    remember(lists, key, list)
  }
  return list
}

const known = new Map<string, CommandNeeds>()

function interned(programs: readonly string[], scripts: readonly string[], variables: readonly string[]): CommandNeeds {
  const key = [programs.join('\0'), scripts.join('\0'), variables.join()].join('\n')
  let needs = known.get(key)
  if (needs === undefined) {
    needs = { programs, scripts, variables }
    known.set(key, needs)
  }
  return needs
}
