import type { BuildGraph, TaskNumber } from '../../machines/graph/build-graph.ts'
import { resolveTargets } from '../../machines/graph/targets.ts'
import { TaskGraph } from '../../machines/graph/task-graph.ts'
import { loadDyndep, type ReadText } from '../coordinator/load-dyndep.ts'
import { UserError } from '../user-error.ts'

/**
 * Paths of what tasks make: outputs (those that dyndep files on disk add included), depfiles and response files. What a
 * generator makes is left out. With targets, only of the tasks they need. Throws {@link UserError} for unknown ones.
 */
export function madeFiles(graph: BuildGraph, targets: readonly string[], readText: ReadText): readonly string[] {
  const tasks = new TaskGraph(graph)
  loadDyndeps(tasks, readText)
  const paths = new Set<string>()
  for (const task of tasksOf(tasks, targets)) {
    const { command, generator, depfile, rspfile } = graph.tasks[task]!
    if (command === undefined || generator) continue
    for (const path of tasks.outputs(task)) paths.add(path)
    if (depfile !== undefined) paths.add(depfile)
    if (rspfile !== undefined) paths.add(rspfile.path)
  }
  return [...paths]
}

function tasksOf(tasks: TaskGraph, targets: readonly string[]): Iterable<TaskNumber> {
  if (targets.length === 0) return tasks.graph.tasks.keys()
  const resolved = resolveTargets(tasks, targets)
  if (!resolved.ok) throw new UserError(resolved.message)
  const flags = tasks.closure(resolved.tasks)
  return [...flags.keys()].filter((task) => flags[task] === 1)
}

/** A dyndep file that is not there, or can't be read, has nothing to add. */
export function loadDyndeps(tasks: TaskGraph, readText: ReadText): void {
  const files = new Set(tasks.graph.tasks.flatMap(({ dyndep }) => (dyndep === undefined ? [] : [dyndep])))
  for (const file of files) {
    const loaded = loadDyndep(tasks, tasks.graph.files[file]!, readText)
    if (loaded.ok) tasks.addDyndep(loaded.event.tasks)
  }
}
