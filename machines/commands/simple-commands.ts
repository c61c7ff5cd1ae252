import type { Command } from '../graph/build-graph.ts'
import { ShellReader } from './shell-reader.ts'

/** A word of a command; `text` is what is written out in it, quotes removed. */
export interface Word {
  readonly text: string
  /** Part of it is known only when the command runs: variables, substitutions, globs, `~`. */
  readonly isComputed: boolean
}

/** One program start, or one builtin of the shell, with its words. */
export interface SimpleCommand {
  readonly words: readonly Word[]
  /** `NAME` of each `NAME=value` before the first word. */
  readonly assigned: readonly string[]
  /** Where it runs, relative to the graph's directory or absolute; undefined when that is computed. */
  readonly directory: string | undefined
}

export interface SimpleCommands {
  readonly commands: readonly SimpleCommand[]
  /** Variables that the text refers to and has not set itself by then. */
  readonly variables: ReadonlySet<string>
  /** Nothing but simple commands, joined by `&&`, `;` or line ends: no redirection, pipe, subshell, substitution, keyword. */
  readonly isPlain: boolean
  /** Whether a shell reads the words, so that builtins are no programs. */
  readonly isShell: boolean
}

/**
 * Takes a command line apart into what it starts (POSIX.1-2024, Shell Command Language). Best effort: text that no shell
 * would accept gives something, and never an error.
 */
export function simpleCommands(command: Command, cwd?: string): SimpleCommands {
  if ('shell' in command) return readScript(command.shell, cwd ?? '.')
  const words = command.argv.map((text) => ({ text, isComputed: false }))
  const commands = words.length === 0 ? [] : [{ words, assigned: [], directory: cwd ?? '.' }]
  return { commands, variables: new Set(), isPlain: true, isShell: false }
}

/** What `text` starts when a shell runs it in `directory`. */
export function readScript(text: string, directory: string | undefined): SimpleCommands {
  const reader = new ShellReader(text, directory)
  reader.read()
  return { commands: reader.commands, variables: reader.variables, isPlain: reader.isPlain, isShell: true }
}
