import type { Task } from '../../../machines/graph/build-graph.ts'
import { quoteShellWord } from '../../../machines/graph/shell-words.ts'

/** One task in a line: its description; the command when it has none or when commands are asked for. */
export function taskLine(task: Task, isVerbose: boolean): string {
  return isVerbose || task.description === '' ? commandLine(task) || task.id : task.description.replaceAll('\n', ' ')
}

/** The command as it can be pasted into a shell; empty for a phony task. */
export function commandLine({ command }: Task): string {
  if (command === undefined) return ''
  return 'shell' in command ? command.shell : command.argv.map(quoteShellWord).join(' ')
}
