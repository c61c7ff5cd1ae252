import type { FileNumber, TaskNumber } from './build-graph.ts'
import { closestName } from './closest-name.ts'
import type { TaskGraph } from './task-graph.ts'

export type TargetsResult =
  | { readonly ok: true; readonly tasks: readonly TaskNumber[]; readonly files: readonly FileNumber[] }
  | { readonly ok: false; readonly message: string }

/**
 * The tasks that make the named targets: paths of files, task ids, or `source^` (the first task that reads the source).
 * No names: the graph's defaults, or without any every file that no task reads and every task that makes no file.
 * `files` are targets that no task makes.
 */
export function resolveTargets(tasks: TaskGraph, names: readonly string[]): TargetsResult {
  if (names.length === 0) return { ok: true, tasks: defaultTasks(tasks), files: [] }
  const found = new Set<TaskNumber>()
  const files: FileNumber[] = []
  for (const name of names) {
    if (name.endsWith('^')) {
      const reader = firstReader(tasks, name.slice(0, -1))
      if (reader === undefined)
        return { ok: false, message: `no task reads '${name.slice(0, -1)}'${suggestion(tasks, name.slice(0, -1))}` }
      found.add(reader)
      continue
    }
    const file = tasks.file(name)
    const maker = (file === undefined ? undefined : tasks.maker(file)) ?? taskById(tasks, name)
    if (maker !== undefined) found.add(maker)
    else if (file !== undefined) files.push(file)
    else return { ok: false, message: `unknown target '${name}'${suggestion(tasks, name)}` }
  }
  return { ok: true, tasks: [...found], files }
}

function defaultTasks(tasks: TaskGraph): readonly TaskNumber[] {
  const { graph } = tasks
  const makers = (files: Iterable<FileNumber>) => {
    const found = new Set<TaskNumber>()
    for (const file of files) {
      const maker = tasks.maker(file)
      if (maker !== undefined) found.add(maker)
    }
    return [...found]
  }
  if (graph.defaults.length > 0) return makers(graph.defaults)
  const read = new Uint8Array(graph.files.length)
  for (const task of graph.tasks) {
    for (const file of task.inputs) read[file] = 1
    for (const file of task.orderOnly) read[file] = 1
  }
  const found: TaskNumber[] = []
  for (const [number, { outputs }] of graph.tasks.entries())
    if (outputs.length === 0 || outputs.some((file) => read[file] === 0)) found.push(number)
  // Every file is read by some task, so there is a cycle for the planner to find.
  return found.length > 0 ? found : [...graph.tasks.keys()]
}

function taskById({ graph }: TaskGraph, id: string): TaskNumber | undefined {
  const task = graph.tasks.findIndex((candidate) => candidate.id === id)
  return task < 0 ? undefined : task
}

function firstReader(tasks: TaskGraph, path: string): TaskNumber | undefined {
  const file = tasks.file(path)
  if (file === undefined) return undefined
  const reader = tasks.graph.tasks.findIndex((task) => task.inputs.includes(file) || task.orderOnly.includes(file))
  return reader < 0 ? undefined : reader
}

function suggestion({ graph }: TaskGraph, name: string): string {
  const near = closestName(name, [...graph.files, ...graph.tasks.map((task) => task.id)])
  return near === null || near === name ? '' : `, did you mean '${near}'?`
}
