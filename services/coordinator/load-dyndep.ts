import type { DyndepLoaded } from '../../events/task-events.ts'
import { formatGraphError } from '../../machines/graph/build-graph.ts'
import { readDyndep } from '../../machines/graph/ninja/read-dyndep.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'

/** Text of a file of the work tree; `null` where there is none. */
export type ReadText = (path: string) => string | null

export type DyndepResult =
  | { readonly ok: true; readonly event: DyndepLoaded }
  | { readonly ok: false; readonly message: string }

/**
 * Reads a dyndep file and finds the tasks that it speaks of. Refused, as by ninja: a file that speaks of an output whose
 * task does not have it as its dyndep, that is silent about a task which does, that says of a file that it is made which
 * another task makes already, or that makes tasks wait for each other.
 */
export function loadDyndep(tasks: TaskGraph, file: string, readText: ReadText): DyndepResult {
  const refused = (message: string): DyndepResult => ({ ok: false, message: `${file}: ${message}` })
  const text = readText(file)
  if (text === null) return refused('the dyndep file is missing')
  const result = readDyndep(text, file)
  if (!result.ok) return { ok: false, message: formatGraphError(result.error) }
  const { files, tasks: all } = tasks.graph
  const additions = new Map<number, DyndepLoaded['tasks'][number]>()
  for (const { output, implicitInputs, implicitOutputs, restat } of result.statements) {
    const task = tasks.makerOfPath(output)
    const dyndep = task === undefined ? undefined : all[task]!.dyndep
    if (task === undefined || dyndep === undefined || files[dyndep] !== file)
      return refused(`no task makes '${output}' with this file as its dyndep`)
    if (additions.has(task)) return refused(`speaks twice of the task that makes '${output}'`)
    additions.set(task, { task, inputs: implicitInputs, outputs: implicitOutputs, ...(restat ? { restat } : {}) })
  }
  for (const [task, { dyndep, id }] of all.entries())
    if (dyndep !== undefined && files[dyndep] === file && !additions.has(task))
      return refused(`does not mention '${id}', which has it as its dyndep`)
  const event: DyndepLoaded = { type: 'dyndep-loaded', file, tasks: [...additions.values()] }
  const defect = tasks.dyndepDefect(event.tasks)
  return defect === undefined ? { ok: true, event } : refused(defect)
}
