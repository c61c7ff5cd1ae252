import type { Tool } from './tool.ts'
import { toolOptions } from './tool-options.ts'

/** `-t commands [-s] [targets]`. */
export const commandsTool: Tool = async function* (args, { readGraph, notice }) {
  const graph = await readGraph()
  const options = toolOptions('commands', args, { short: 'hs' }, notice)
  if (options === undefined) {
    yield usage
    return 1
  }
  const targets = graph.targets(options.operands)
  const makers = () => new Set(targets.map((path) => graph.maker(path)).filter((task) => task !== undefined))
  for (const task of options.letters.has('s') ? makers() : graph.needs(targets))
    if (!graph.isPhony(task)) yield `${graph.command(task)}\n`
  return 0
}

const usage = `usage: ninja -t commands [options] [targets]

options:
  -s     only print the final command to build [target], not the whole chain
`
