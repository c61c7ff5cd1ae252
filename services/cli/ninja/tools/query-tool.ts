import { canonicalize } from '../../../../machines/graph/ninja/canonical-path.ts'
import { NinjaError } from '../ninja-error.ts'
import { lastResults } from './last-results.ts'
import type { Tool, ToolHost } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'

/** `-t query targets...`. */
export const queryTool: Tool = async function* (args, host) {
  const graph = await host.readGraph()
  if (args.length === 0) throw new NinjaError('expected a target to query')
  for (const arg of args) {
    const path = await queried(graph, arg, host)
    yield `${path}:\n`
    yield* inputs(graph, path, host.notice)
    yield '  outputs:\n'
    for (const task of graph.readers(path)) yield* listed(graph.outputs(task))
    const validated = graph.validates(path)
    if (validated.length > 0) yield '  validation for:\n'
    for (const task of validated) yield* listed(graph.outputs(task))
  }
  return 0
}

/** Also a file that the manifest does not name and a task was found to read, such as a header. */
async function queried(graph: ToolGraph, arg: string, host: ToolHost): Promise<string> {
  const name = canonicalize(arg)
  if (name === '' || name.endsWith('^') || graph.has(name)) return graph.target(arg)
  const { results } = await lastResults(host)
  for (const id of results.taskIds())
    if (results.of(id)!.discovered.some((number) => results.version(number)[0] === name)) return name
  return graph.target(arg)
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
