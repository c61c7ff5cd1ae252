import type { TaskNumber } from '../../../../machines/graph/build-graph.ts'
import type { Tool } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'
import { toolOptions } from './tool-options.ts'

/** `-t compdb [-x] [rules]`: a compilation database (https://clang.llvm.org/docs/JSONCompilationDatabase.html). */
export const compdbTool: Tool = async function* (args, { readGraph, directory, notice }) {
  const graph = await readGraph()
  const options = toolOptions('compdb', args, { short: 'hx' }, notice)
  if (options === undefined) {
    yield usage
    return 1
  }
  const { letters, operands } = options
  let separator = '['
  for (const task of graph.numbers) {
    const file = graph.inputs(task)[0]
    if (file === undefined) continue
    const command = letters.has('x') ? expandedCommand(graph, task) : graph.command(task)
    const entry = { directory, command, file, output: graph.outputs(task)[0]! }
    // A rule that is named twice is listed twice.
    const times = operands.length === 0 ? 1 : operands.filter((rule) => rule === graph.rule(task)).length
    for (let i = 0; i < times; i++) {
      yield `${separator}\n  {\n${lines(entry)}\n  }`
      separator = ','
    }
  }
  yield `${separator === '[' ? '[' : ''}\n]\n`
  return 0
}

function lines(entry: Readonly<Record<string, string>>): string {
  return Object.entries(entry)
    .map(([name, value]) => `    "${name}": ${JSON.stringify(value)}`)
    .join(',\n')
}

/** The command with its response file's content in place of the argument that names the file. */
function expandedCommand(graph: ToolGraph, task: TaskNumber): string {
  const command = graph.command(task)
  const { rspfile } = graph.task(task)
  const at = rspfile === undefined ? -1 : command.indexOf(rspfile.path)
  if (rspfile === undefined || at <= 0) return command
  // `-f` and `--option-file=` count where they stand first in the command, as in ninja 1.12.
  const mark = ['@', '--option-file=', '-f '].find((each) =>
    each === '@' ? command[at - 1] === '@' : at >= each.length && command.indexOf(each) === at - each.length,
  )
  if (mark === undefined) return command
  const content = rspfile.content.replaceAll('\n', ' ')
  return command.slice(0, at - mark.length) + content + command.slice(at + rspfile.path.length)
}

const usage = `usage: ninja -t compdb [options] [rules]

options:
  -x     expand @rspfile style response file invocations
`
