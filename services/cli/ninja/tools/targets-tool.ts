import { closestName } from '../../../../machines/graph/closest-name.ts'
import { NinjaError } from '../ninja-error.ts'
import { byteOrder } from './byte-order.ts'
import type { Tool } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'

/** `-t targets [all | depth N | rule [NAME]]`. */
export const targetsTool: Tool = async function* ([mode = 'depth', value], { readGraph }) {
  const graph = await readGraph()
  if (mode === 'all') yield* everyOutput(graph)
  else if (mode === 'rule') yield* value === undefined || value === '' ? sources(graph) : madeBy(graph, value)
  else if (mode === 'depth') yield* tree(graph, value === undefined ? 1 : Number.parseInt(value, 10) || 0)
  else {
    const near = closestName(mode, ['rule', 'depth', 'all'])
    throw new NinjaError(`unknown target tool mode '${mode}'${near === null ? '' : `, did you mean '${near}'?`}`)
  }
  return 0
}

function* everyOutput(graph: ToolGraph): Generator<string> {
  for (const task of graph.numbers) for (const path of graph.outputs(task)) yield `${path}: ${graph.rule(task)}\n`
}

function* sources(graph: ToolGraph): Generator<string> {
  for (const task of graph.numbers)
    for (const path of graph.inputs(task)) if (graph.maker(path) === undefined) yield `${path}\n`
}

function* madeBy(graph: ToolGraph, rule: string): Generator<string> {
  const paths = [...graph.numbers].filter((task) => graph.rule(task) === rule).flatMap((task) => graph.outputs(task))
  for (const path of paths.sort(byteOrder)) yield `${path}\n`
}

/** What is made and of what, `depthMax` levels deep; 0 or less: down to the sources. */
function* tree(graph: ToolGraph, depthMax: number): Generator<string> {
  const stack: { readonly paths: readonly string[]; next: number; readonly parent: string }[] = []
  const parents = new Set<string>()
  stack.push({ paths: graph.roots(), next: 0, parent: '' })
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const path = level.paths[level.next++]
    if (path === undefined) {
      stack.pop()
      parents.delete(level.parent)
      continue
    }
    const indent = '  '.repeat(stack.length - 1)
    const maker = graph.maker(path)
    yield maker === undefined ? `${indent}${path}\n` : `${indent}${path}: ${graph.rule(maker)}\n`
    if (maker === undefined || (depthMax > 0 && stack.length >= depthMax)) continue
    // Where ninja would go on for ever.
    if (depthMax <= 0 && parents.has(path)) throw new NinjaError(`dependency cycle through '${path}'`)
    parents.add(path)
    stack.push({ paths: graph.inputs(maker), next: 0, parent: path })
  }
}
