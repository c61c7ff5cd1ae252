import type { Command } from '../graph/build-graph.ts'
import { headerSearchOf, isCompile } from './compiler-flags.ts'
import { isCompilerDriver } from './program-kinds.ts'
import { responseWords } from './response-words.ts'
import { type SimpleCommand, simpleCommands, type Word } from './simple-commands.ts'
import { readsUndeclared, writesUndeclared } from './undeclared-files.ts'

/** The directories in which a compiler looks for headers, in its order; relative to the graph's directory or absolute. */
export interface HeaderSearch {
  /** For `#include "..."` only, after the directory of the file that includes: `-iquote`. */
  readonly quote: readonly string[]
  /** `-I`, without those that come later as system directories. */
  readonly angled: readonly string[]
  /** `-isystem`. */
  readonly system: readonly string[]
  /** Whether the compiler's own directories come next: not with `-nostdinc`. */
  readonly hasStandard: boolean
  /** `-idirafter`. */
  readonly after: readonly string[]
}

/** A command line that does nothing but compile, link or archive. */
export interface CompilerCommand {
  /** Where headers are looked for; absent when nothing is compiled, or when the flags leave it open. */
  readonly headerSearch?: HeaderSearch
  /** The flag by which it writes files that no build graph declares. */
  readonly writesUndeclared?: string
  /** The flag by which it reads files that neither a build graph nor a depfile names. */
  readonly readsUndeclared?: string
}

/**
 * Reads a command of compilers, `ar`, `ranlib`, `ld` and what CMake puts beside them (`:`, `cd`, `rm`, `cmake -E rm`).
 * Undefined for a command that does anything else. Never throws. Equal results are the same object, and so are equal
 * searches.
 *
 * @param cwd the task's working directory, relative to the graph's directory or absolute
 * @param responseFile content of the task's response file, taken for every `@path`
 */
export function compilerCommand(command: Command, cwd?: string, responseFile?: string): CompilerCommand | undefined {
  const flags = 'shell' in command && responseFile === undefined ? flagsPart(command.shell) : undefined
  if (flags === undefined) return readCommand(command, cwd, responseFile)
  const here = byFlags.get(cwd) ?? new Map<string, CompilerCommand | null>()
  let result = here.get(flags)
  if (result === undefined) {
    result = readCommand(command, cwd, undefined) ?? null
    if (here.size >= byFlagsMax) here.clear()
    byFlags.set(cwd, here.set(flags, result))
  }
  return result ?? undefined
}

/** Results by working directory, and by what of the text they depend on; `null` for other commands. */
const byFlags = new Map<string | undefined, Map<string, CompilerCommand | null>>()
const byFlagsMax = 10_000

/** The text without what differs from source to source; undefined where nothing can safely be cut out. */
function flagsPart(text: string): string | undefined {
  const end = text.lastIndexOf(' -MD -M')
  if (end !== -1 && perSource.test(text.slice(end))) return text.slice(0, end)
  if (!text.includes(' -c ') || isQuoted.test(text)) return undefined
  const rest = text.replace(namesOutput, '')
  const source = rest.indexOf(' -c ') + 4
  if (source === 3 || rest[source] === '-') return undefined
  const sourceEnd = rest.indexOf(' ', source)
  return rest.slice(0, source) + (sourceEnd === -1 ? '' : rest.slice(sourceEnd))
}

/** How CMake and Meson end the command of an object file. */
const perSource =
  /^ -MD -M[TQ] [\w%+=:,./][\w%+=:,./-]* -MF [\w%+=:,./][\w%+=:,./-]* -o [\w%+=:,./][\w%+=:,./-]* -c [\w%+=:,./][\w%+=:,./-]*$/
/** Words might be within quotes, or beside operators. An escaped quote does no harm. */
const isQuoted = /[;&|<>()$`\n#'*?[~@]|\\[^"]|(?:^|[^\\])"/
const namesOutput = / -(?:o|MF|MT|MQ) [^\s-]\S*/g

function readCommand(command: Command, cwd: string | undefined, file: string | undefined): CompilerCommand | undefined {
  const { commands, variables, isPlain } = simpleCommands(command, cwd)
  if (!isPlain || variables.size > 0) return undefined
  const runs = commands.filter((simple) => !isNeighbour(simple)).map((simple) => toolRun(simple, file))
  if (runs.length === 0 || runs.includes(undefined)) return undefined
  return combined(runs.filter((run) => run !== undefined))
}

/** One start of a compiler or binary tool. */
interface ToolRun {
  readonly headerSearch?: HeaderSearch | null
  readonly writes?: string | undefined
  readonly reads?: string | undefined
}

function combined(runs: readonly ToolRun[]): CompilerCommand {
  const searches = new Set(runs.map((run) => run.headerSearch).filter((search) => search !== undefined))
  const [search] = searches
  const headerSearch = searches.size === 1 ? (search ?? undefined) : undefined
  const writes = runs.find((run) => run.writes !== undefined)?.writes
  const reads = runs.find((run) => run.reads !== undefined)?.reads
  return interned(headerSearch, writes, reads)
}

const literal = ({ text, isComputed }: Word) => (isComputed ? undefined : text)

/** What stands beside compilers in generated commands, and makes nothing that counts. */
function isNeighbour({ words, directory }: SimpleCommand): boolean {
  const [name, first, second] = words.map(literal)
  if (name === ':' || name === 'true') return true
  if (name === 'cd') return directory !== undefined && first !== undefined
  if (name === 'rm' || name === '/bin/rm' || name === '/usr/bin/rm') return true
  if (name === 'mkdir') return first === '-p'
  return name !== undefined && /(?:^|\/)cmake[\d.]*$/.test(name) && first === '-E' && harmless.has(second ?? '')
}

const harmless = new Set([
  'rm',
  'remove',
  'remove_directory',
  'make_directory',
  'touch',
  'echo',
  'true',
  'cmake_symlink_library',
  'cmake_symlink_executable',
])

const launchers = /^(?:ccache|sccache|distcc|icecc|buildcache)$/
const archivers = /^(?:[\w.+-]+-)?(?:ar|ranlib)(?:-\d+(?:\.\d+)*)?$/
const linkers = /^(?:[\w.+-]+-)?ld(?:\.(?:bfd|gold|lld))?$/

function toolRun({ words, assigned, directory }: SimpleCommand, file: string | undefined): ToolRun | undefined {
  const texts = words.map(literal)
  let at = 0
  let name = baseName(texts[at])
  while (launchers.test(name) || isCmakeTime(texts, at)) {
    at += launchers.test(name) ? 1 : 3
    name = baseName(texts[at])
  }
  const args = texts.slice(at + 1)
  if (directory === undefined || args.includes(undefined)) return undefined
  if (archivers.test(name)) return {}
  const isDriver = isCompilerDriver(name)
  if (!isDriver && !linkers.test(name)) return undefined
  const flags = expanded(args as string[], file)
  if (flags === undefined) return isCompile(args as string[]) ? { headerSearch: null, reads: '@' } : { reads: '@' }
  const undeclared = {
    writes: flags.map(writesUndeclared).find(isThere),
    reads: flags.map(readsUndeclared).find(isThere),
  }
  if (!isDriver || !isCompile(flags)) return undeclared
  return { ...undeclared, headerSearch: assigned.length > 0 ? null : (headerSearchOf(flags, directory) ?? null) }
}

const isThere = (flag: string | undefined) => flag !== undefined

function isCmakeTime(words: readonly (string | undefined)[], at: number): boolean {
  return /^cmake[\d.]*$/.test(baseName(words[at])) && words[at + 1] === '-E' && words[at + 2] === 'time'
}

function baseName(program: string | undefined): string {
  return program === undefined ? '' : program.slice(program.lastIndexOf('/') + 1)
}

/** The arguments with response files put in; undefined when one of them is not known. */
function expanded(args: readonly string[], file: string | undefined): readonly string[] | undefined {
  if (!args.some((arg) => arg.startsWith('@'))) return args
  const result: string[] = []
  for (const arg of args) {
    if (!arg.startsWith('@')) result.push(arg)
    else {
      if (file === undefined) return undefined
      for (const word of responseWords(file)) result.push(word)
    }
  }
  return result
}

const known = new Map<HeaderSearch | undefined, Map<string, CompilerCommand>>()

function interned(
  headerSearch: HeaderSearch | undefined,
  writes: string | undefined,
  reads: string | undefined,
): CompilerCommand {
  const key = `${writes ?? ''}\n${reads ?? ''}`
  const ofSearch = known.get(headerSearch) ?? new Map<string, CompilerCommand>()
  known.set(headerSearch, ofSearch)
  let command = ofSearch.get(key)
  if (command === undefined) {
    command = {
      ...(headerSearch === undefined ? {} : { headerSearch }),
      ...(writes === undefined ? {} : { writesUndeclared: writes }),
      ...(reads === undefined ? {} : { readsUndeclared: reads }),
    }
    ofSearch.set(key, command)
  }
  return command
}
