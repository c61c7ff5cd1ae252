import type { FileNumber, Task } from '../build-graph.ts'
import type { Edge } from './edge.ts'
import type { EdgeEvaluator } from './edge-evaluator.ts'
import type { FileTable } from './file-table.ts'
import { ManifestError } from './manifest-error.ts'
import { RULE_VARIABLES } from './variable-table.ts'

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The task of a build statement, its command and all else expanded. Throws ManifestError, without a place. */
export function edgeToTask(edge: Edge, evaluator: EdgeEvaluator, files: FileTable): Task {
  const id = files.paths[edge.outputs[0]!]!
  if (edge.rule.phony) {
    const task = { id, description: '', ...filesOf(edge) }
    return edge.dyndep < 0 ? task : { ...task, dyndep: edge.dyndep }
  }
  evaluator.enter(edge)
  const task: Writable<Task> = {
    id,
    command: { shell: evaluator.command(RULE_VARIABLES.command) },
    description: evaluator.command(RULE_VARIABLES.description),
    inputs: edge.inputs,
    explicitInputs: edge.explicitInputs,
    orderOnly: edge.orderOnly,
    validations: edge.validations,
    outputs: edge.outputs,
    explicitOutputs: edge.explicitOutputs,
  }
  addDependencies(task, edge, evaluator)
  if (evaluator.command(RULE_VARIABLES.restat) !== '') task.restat = true
  if (evaluator.command(RULE_VARIABLES.generator) !== '') task.generator = true
  if (edge.pool !== '') task.pool = edge.pool
  const responseFile = evaluator.path(RULE_VARIABLES.rspfile)
  if (responseFile !== '') {
    task.rspfile = { path: responseFile, content: evaluator.command(RULE_VARIABLES.rspfile_content) }
  }
  return task
}

type TaskFiles = Pick<Task, 'inputs' | 'explicitInputs' | 'orderOnly' | 'validations' | 'outputs' | 'explicitOutputs'>

function filesOf(edge: Edge): TaskFiles {
  const { inputs, explicitInputs, orderOnly, validations, outputs, explicitOutputs } = edge
  return { inputs, explicitInputs, orderOnly, validations, outputs, explicitOutputs }
}

/** What the command will tell about files it read, beyond its declared inputs. */
function addDependencies(task: Writable<Task>, edge: Edge, evaluator: EdgeEvaluator): void {
  const depfile = evaluator.path(RULE_VARIABLES.depfile)
  const deps = evaluator.command(RULE_VARIABLES.deps)
  if (depfile !== '') task.depfile = depfile
  if (deps === 'gcc') {
    if (depfile === '') throw new ManifestError('deps = gcc needs a depfile, and there is none')
    task.deps = deps
  } else if (deps === 'msvc') {
    task.deps = deps
    const prefix = evaluator.command(RULE_VARIABLES.msvc_deps_prefix)
    if (prefix !== '') task.depsPrefix = prefix
  } else if (deps !== '') {
    throw new ManifestError(`unknown deps type '${deps}', expected gcc or msvc`)
  }
  if (edge.dyndep >= 0) task.dyndep = edge.dyndep as FileNumber
}
