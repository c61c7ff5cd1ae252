import { posix } from 'node:path'

/** What a compiler driver says of itself under `-v`. */
export interface DriverAnswer {
  /** Where it looks for headers, in its order. */
  readonly headerDirectories: readonly string[]
  /** Where it would look for headers if they were there. */
  readonly absentDirectories: readonly string[]
  /** Programs and files that it names: the compiler proper, a driver behind it, specs. */
  readonly named: readonly string[]
  /** Where it looks for its programs; empty when it does not say. */
  readonly programDirectories: readonly string[]
  readonly libraryDirectories: readonly string[]
}

/**
 * Reads what GCC and Clang write to standard error under `-E -v`: the list between "search starts here" and "End of search
 * list", the directories passed over, the command line of the compiler proper, and GCC's COMPILER_PATH and LIBRARY_PATH.
 * Undefined for output without such a list. Only absolute paths are taken.
 */
export function readDriverAnswer(output: string): DriverAnswer | undefined {
  const [, list] = /^#include <\.\.\.> search starts here:\n((?: .*\n)*)End of search list\.$/m.exec(output) ?? []
  if (list === undefined) return undefined
  return {
    headerDirectories: absoluteOnes(list.split('\n').map((line) => line.slice(1))),
    absentDirectories: absoluteOnes(firstGroups(/^ignoring nonexistent directory "(.*)"$/gm, output)),
    named: absoluteOnes([
      ...firstGroups(/^COLLECT_GCC=(.*)$/gm, output),
      ...firstGroups(/^Reading specs from (.*)$/gm, output),
      ...firstGroups(/^ "?(\/[^\s"]*)"? (?:-E|-cc1) .*$/gm, output),
    ]),
    programDirectories: directoryList(/^COMPILER_PATH=(.*)$/m.exec(output)?.[1]),
    libraryDirectories: directoryList(/^LIBRARY_PATH=(.*)$/m.exec(output)?.[1]),
  }
}

/** Reads the answer to `-print-search-dirs`. */
export function readSearchDirectories(output: string): Pick<DriverAnswer, 'programDirectories' | 'libraryDirectories'> {
  return {
    programDirectories: directoryList(/^programs: =?(.*)$/m.exec(output)?.[1]),
    libraryDirectories: directoryList(/^libraries: =?(.*)$/m.exec(output)?.[1]),
  }
}

function firstGroups(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group!)
}

function directoryList(text = ''): string[] {
  return absoluteOnes(text.split(':'))
}

/** Absolute paths, normalized, without `/` at the end, each once. */
function absoluteOnes(paths: readonly string[]): string[] {
  const absolute = paths.filter((path) => path.startsWith('/') && !path.includes('\0'))
  return [...new Set(absolute.map((path) => posix.resolve(path)))]
}
