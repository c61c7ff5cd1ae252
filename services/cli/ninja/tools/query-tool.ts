import { NinjaError } from '../ninja-error.ts'
import type { Tool } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'

/** `-t query targets...`. */
export const queryTool: Tool = async function* (args, { readGraph, notice }) {
  const graph = await readGraph()
  if (args.length === 0) throw new NinjaError('expected a target to query')
  for (const arg of args) {
    const path = graph.target(arg)
    yield `${path}:\n`
    yield* inputs(graph, path, notice)
    yield '  outputs:\n'
    for (const task of graph.readers(path)) yield* listed(graph.outputs(task))
    const validated = graph.validates(path)
    if (validated.length > 0) yield '  validation for:\n'
    for (const task of validated) yield* listed(graph.outputs(task))
  }
  return 0
}

function* inputs(graph: ToolGraph, path: string, notice: (line: string) => void): Generator<string> {
  const task = graph.maker(path)
  if (task === undefined) return
  const defect = graph.loadDyndep(task)
  if (defect !== undefined) notice(`ninja: warning: ${defect}`)
  yield `  input: ${graph.rule(task)}\n`
  const explicit = graph.explicitInputs(task).length
  const dirtying = graph.dirtyingInputs(task).length
  for (const [i, input] of graph.inputs(task).entries())
    yield `    ${i < explicit ? '' : i < dirtying ? '| ' : '|| '}${input}\n`
  const validations = graph.validations(task)
  if (validations.length > 0) yield '  validations:\n'
  yield* listed(validations)
}

function* listed(paths: readonly string[]): Generator<string> {
  for (const path of paths) yield `    ${path}\n`
}
