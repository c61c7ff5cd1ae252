import type { Tool } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'

/** `-t graph [targets]`: for Graphviz. Nodes are named by number where ninja writes addresses. */
export const graphTool: Tool = async function* (args, { readGraph, notice }) {
  const graph = await readGraph()
  const targets = graph.targets(args)
  yield 'digraph ninja {\nrankdir="LR"\nnode [fontsize=10, shape=box, height=0.25]\nedge [fontsize=10]\n'
  const seen = new Set<string>()
  const stack = [...targets].reverse()
  const drawn = new Set<number>()
  const number = numbering()
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    yield `${number(path)} [label="${path.replaceAll('\\', '/')}"]\n`
    const task = graph.maker(path)
    if (task === undefined || drawn.has(task)) continue
    drawn.add(task)
    const defect = graph.loadDyndep(task)
    if (defect !== undefined) notice(`ninja: warning: ${defect}`)
    yield* edge(graph, task, number)
    stack.push(...graph.inputs(task).toReversed())
  }
  yield '}\n'
  return 0
}

function* edge(graph: ToolGraph, task: number, number: (key: string | number) => string): Generator<string> {
  const inputs = graph.inputs(task)
  const outputs = graph.outputs(task)
  if (inputs.length === 1 && outputs.length === 1) {
    yield `${number(inputs[0]!)} -> ${number(outputs[0]!)} [label=" ${graph.rule(task)}"]\n`
    return
  }
  yield `${number(task)} [label="${graph.rule(task)}", shape=ellipse]\n`
  for (const path of outputs) yield `${number(task)} -> ${number(path)}\n`
  const dirtying = graph.dirtyingInputs(task).length
  for (const [i, path] of inputs.entries())
    yield `${number(path)} -> ${number(task)} [arrowhead=none${i < dirtying ? '' : ' style=dotted'}]\n`
}

/** A name for each file (by path) and task (by number), the same one each time. */
function numbering(): (key: string | number) => string {
  const numbers = new Map<string | number, number>()
  return (key) => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return `"0x${number.toString(16)}"`
  }
}
