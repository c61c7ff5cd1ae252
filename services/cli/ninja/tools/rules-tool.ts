import { byteOrder } from './byte-order.ts'
import type { Tool } from './tool.ts'
import { toolOptions } from './tool-options.ts'

/** `-t rules [-d]`. */
export const rulesTool: Tool = async function* (args, { readGraph, notice }) {
  const { rules } = await readGraph()
  const options = toolOptions('rules', args, { short: 'hd' }, notice)
  if (options === undefined) {
    yield usage
    return 1
  }
  for (const { name, description } of [...rules].sort((a, b) => byteOrder(a.name, b.name)))
    yield options.letters.has('d') && description !== undefined ? `${name}: ${description}\n` : `${name}\n`
  return 0
}

const usage = `usage: ninja -t rules [options]

options:
  -d     also print the description of the rule
  -h     print this message
`
