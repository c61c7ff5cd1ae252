import type { DyndepLoaded } from '../../events/task-events.ts'
import { formatGraphError } from '../../machines/graph/build-graph.ts'
import { readDyndep } from '../../machines/graph/ninja/read-dyndep.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'

/** Text of a file of the work tree; `null` where there is none. */
export type ReadText = (path: string) => string | null

export type DyndepResult =
  | { readonly ok: true; readonly event: DyndepLoaded }
  | { readonly ok: false; readonly message: string }

/** Reads a dyndep file and finds the tasks that it speaks of. */
export function loadDyndep(tasks: TaskGraph, file: string, readText: ReadText): DyndepResult {
  const text = readText(file)
  if (text === null) return { ok: false, message: `${file}: the dyndep file is missing` }
  const result = readDyndep(text, file)
  if (!result.ok) return { ok: false, message: formatGraphError(result.error) }
  const additions: DyndepLoaded['tasks'][number][] = []
  const spokenOf = new Set<number>()
  for (const { output, implicitInputs, implicitOutputs, restat } of result.statements) {
    const task = tasks.makerOfPath(output)
    const fileNumber = tasks.file(file)
    if (task === undefined || tasks.graph.tasks[task]!.dyndep !== fileNumber)
      return { ok: false, message: `${file}: no task makes '${output}' with this file as its dyndep` }
    const taken = implicitOutputs.find((path) => ![undefined, task].includes(tasks.makerOfPath(path)))
    if (taken !== undefined) return { ok: false, message: `${file}: multiple tasks make '${taken}'` }
    spokenOf.add(task)
    additions.push({ task, inputs: implicitInputs, outputs: implicitOutputs, ...(restat ? { restat } : {}) })
  }
  for (const [task, { dyndep, id }] of tasks.graph.tasks.entries())
    if (dyndep !== undefined && tasks.graph.files[dyndep] === file && !spokenOf.has(task))
      return { ok: false, message: `${file}: does not mention '${id}', which has it as its dyndep` }
  return { ok: true, event: { type: 'dyndep-loaded', file, tasks: additions } }
}
