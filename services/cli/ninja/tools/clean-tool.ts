import type { TaskNumber } from '../../../../machines/graph/build-graph.ts'
import { canonicalize } from '../../../../machines/graph/ninja/canonical-path.ts'
import { NinjaError } from '../ninja-error.ts'
import { Cleaning } from './cleaning.ts'
import type { Tool } from './tool.ts'
import type { ToolGraph } from './tool-graph.ts'
import { toolOptions } from './tool-options.ts'

/** `-t clean [-g] [-r] [targets or rules]`. */
export const cleanTool: Tool = async function* (args, host) {
  const graph = await host.readGraph()
  const options = toolOptions('clean', args, { short: 'hgr' }, host.notice)
  if (options === undefined) {
    yield usage
    return 1
  }
  const { letters, operands } = options
  if (letters.has('r') && operands.length === 0) throw new NinjaError('expected a rule to clean')
  graph.loadDyndeps()
  const cleaning = new Cleaning(host)
  return yield* cleaning.run(() => {
    if (operands.length === 0) return cleanAll(graph, cleaning, letters.has('g'))
    return letters.has('r') ? cleanRules(graph, cleaning, operands) : cleanTargets(graph, cleaning, operands)
  })
}

function* cleanAll(graph: ToolGraph, cleaning: Cleaning, isGeneratorToo: boolean): Generator<string> {
  for (const task of graph.numbers) {
    if (graph.isPhony(task) || (graph.task(task).generator && !isGeneratorToo)) continue
    for (const path of graph.outputs(task)) yield* cleaning.remove(path)
    yield* removeTransient(graph, cleaning, task)
  }
}

function* cleanRules(graph: ToolGraph, cleaning: Cleaning, rules: readonly string[]): Generator<string> {
  for (const name of rules) {
    if (!graph.rules.some((rule) => rule.name === name)) {
      cleaning.fail(`unknown rule '${name}'`)
      continue
    }
    if (cleaning.isVerbose) yield `Rule ${name}\n`
    for (const task of graph.numbers) {
      // Ninja would take the files away that phony targets name, and which nothing makes again.
      if (graph.rule(task) !== name || graph.isPhony(task)) continue
      for (const path of graph.outputs(task)) {
        yield* cleaning.remove(path)
        yield* removeTransient(graph, cleaning, task)
      }
    }
  }
}

/** The targets and all that they are made of: of each task, only the outputs that are needed. */
function* cleanTargets(graph: ToolGraph, cleaning: Cleaning, targets: readonly string[]): Generator<string> {
  const seen = new Set<string>()
  for (const target of targets) {
    const name = canonicalize(target)
    if (!graph.has(name)) {
      cleaning.fail(target === '' ? "failed to canonicalize '': empty path" : `unknown target '${name}'`)
      continue
    }
    if (cleaning.isVerbose) yield `Target ${name}\n`
    const stack = [name]
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      const task = seen.has(path) ? undefined : graph.maker(path)
      seen.add(path)
      if (task === undefined) continue
      if (!graph.isPhony(task)) {
        yield* cleaning.remove(path)
        yield* removeTransient(graph, cleaning, task)
      }
      stack.push(...graph.inputs(task).toReversed())
    }
  }
}

function* removeTransient(graph: ToolGraph, cleaning: Cleaning, task: TaskNumber): Generator<string> {
  const { depfile, rspfile } = graph.task(task)
  if (depfile !== undefined) yield* cleaning.remove(depfile)
  if (rspfile !== undefined) yield* cleaning.remove(rspfile.path)
}

const usage = `usage: ninja -t clean [options] [targets]

options:
  -g     also clean files marked as ninja generator output
  -r     interpret targets as a list of rules to clean instead
`
