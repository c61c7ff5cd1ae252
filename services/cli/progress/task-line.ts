import type { Task } from '../../../machines/graph/build-graph.ts'
import { shellQuote } from '../../../machines/graph/ninja/shell-quote.ts'

/** One task in a line: its description; the command when it has none or when commands are asked for. */
export function taskLine(task: Task, isVerbose: boolean): string {
  return isVerbose || task.description === '' ? commandLine(task) || task.id : task.description.replaceAll('\n', ' ')
}

/** The command as it can be pasted into a shell; empty for a phony task. */
export function commandLine({ command }: Task): string {
  if (command === undefined) return ''
  return 'shell' in command ? command.shell : command.argv.map(asWord).join(' ')
}

/** An argument as one word for `/bin/sh`. */
function asWord(argument: string): string {
  return argument === '' ? "''" : shellQuote(argument)
}
