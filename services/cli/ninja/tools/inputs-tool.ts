import { shellQuote } from '../../../../machines/graph/ninja/shell-quote.ts'
import { byteOrder } from './byte-order.ts'
import type { Tool } from './tool.ts'
import { toolOptions } from './tool-options.ts'

/** `-t inputs [targets]`. */
export const inputsTool: Tool = async function* (args, { readGraph, notice }) {
  const graph = await readGraph()
  const options = toolOptions('inputs', args, { short: 'h', long: { help: 'h' } }, notice)
  if (options === undefined) {
    yield usage
    return 1
  }
  const found = new Set<string>()
  for (const task of graph.needs(graph.targets(options.operands)))
    if (!graph.isPhony(task)) for (const path of graph.inputs(task)) found.add(shellQuote(path))
  for (const path of [...found].sort(byteOrder)) yield `${path}\n`
  return 0
}

const usage = `Usage '-t inputs [options] [targets]

List all inputs used for a set of targets. Note that this includes
explicit, implicit and order-only inputs, but not validation ones.

Options:
  -h, --help   Print this message.
`
