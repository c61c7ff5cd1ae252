import type { FileNumber, TaskNumber } from '../build-graph.ts'
import { closestName } from '../closest-name.ts'
import { type JsonDefect, quoteName } from './document.ts'
import { canonicalPath, FileTable, isBelowDirectory } from './file-table.ts'
import type { JsonGraph, JsonTask } from './graph-shape.ts'

/** What a JSON task comes to: it runs a command, runs the compiler, or groups others. */
export type TaskForm = 'command' | 'compile' | 'group'

/** The tasks of a JSON graph by id with their outputs, the files they name, and the first defect found in them. */
export class JsonTaskTable {
  /** The graph is of no use unless this stays null. */
  defect: JsonDefect | null = null
  readonly files = new FileTable()
  readonly numberById = new Map<string, TaskNumber>()
  /** Task number to the files it makes. */
  readonly outputs: (readonly FileNumber[])[] = []
  readonly #json: JsonGraph

  constructor(json: JsonGraph) {
    this.#json = json
    json.tasks.forEach((task, number) => {
      this.#declare(task, number)
    })
  }

  fail(defect: JsonDefect): void {
    this.defect ??= defect
  }

  failTask(number: TaskNumber, property: readonly (string | number)[], message: string, mend?: string): void {
    if (this.defect) return
    const subject = `task ${quoteName(this.#json.tasks[number]!.id)}: `
    const path = ['tasks', number, ...property]
    this.fail({ path, message: `${subject}${message}`, ...(mend === undefined ? {} : { mend }) })
  }

  /** Enters the task's id and outputs, so that tasks may be given in any order. */
  #declare(task: JsonTask, number: TaskNumber): void {
    const earlier = this.numberById.get(task.id)
    if (earlier !== undefined) {
      const message = `duplicate task id ${quoteName(task.id)}`
      this.fail({ path: ['tasks', number, 'id'], message, earlier: ['tasks', earlier, 'id'] })
    }
    this.numberById.set(task.id, number)
    const form = formOf(task)
    const outputs = new Set<FileNumber>()
    if (form === 'group') outputs.add(this.#output(number, ['id'], task.id))
    if (task.output_path !== undefined) outputs.add(this.#output(number, ['output_path'], task.output_path))
    else if (form === 'compile') this.failTask(number, [], 'output_path is missing')
    task.outputs?.forEach((path, index) => {
      outputs.add(this.#output(number, ['outputs', index], path))
    })
    if (form === 'command' && outputs.size === 0) {
      const mend = 'give outputs, if need be a file that the command touches at its end'
      this.failTask(number, ['command'], 'a command without outputs can never be up to date', mend)
    }
    this.outputs.push([...outputs])
  }

  #output(number: TaskNumber, property: readonly (string | number)[], path: string): FileNumber {
    this.checkBelowDirectory(number, property, path)
    return this.files.add(path)
  }

  /** Refuses a path to write to that leads out of the graph's directory. */
  checkBelowDirectory(number: TaskNumber, property: readonly (string | number)[], path: string): void {
    if (isBelowDirectory(canonicalPath(path))) return
    const message = `${property[0]} ${quoteName(path)} is outside the graph's directory`
    this.failTask(number, property, message, 'a task may only make files below the directory of the graph')
  }

  /** The outputs of the tasks named in `depends_on`. */
  dependencyOutputs(task: JsonTask, number: TaskNumber): FileNumber[] {
    return (task.depends_on ?? []).flatMap((id, index) => {
      const other = this.numberById.get(id)
      if (other !== undefined) return this.outputs[other]!
      const mend = this.defect ? undefined : suggestion(closestName(id, this.numberById.keys()))
      this.failTask(number, ['depends_on', index], `depends_on names the unknown task ${quoteName(id)}`, mend)
      return []
    })
  }

  /** What the groups in `depends_on` stand for: the files and outputs they hold, through groups of groups. */
  groupedOutputs(task: JsonTask): FileNumber[] {
    const outputs: FileNumber[] = []
    const seen = new Set<TaskNumber>()
    const pending = (task.depends_on ?? []).toReversed()
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      const number = this.numberById.get(id)
      if (number === undefined || seen.has(number)) continue
      seen.add(number)
      const other = this.#json.tasks[number]!
      const isGroup = formOf(other) === 'group'
      const files = isGroup ? this.numbersOf(other.inputs, other.dependencies) : this.outputs[number]!
      for (const file of files) outputs.push(file)
      if (isGroup) for (const next of (other.depends_on ?? []).toReversed()) pending.push(next)
    }
    return outputs
  }

  numbersOf(...lists: readonly (readonly (string | FileNumber)[] | undefined)[]): Set<FileNumber> {
    const numbers = new Set<FileNumber>()
    for (const list of lists) {
      for (const file of list ?? []) numbers.add(typeof file === 'number' ? file : this.files.add(file))
    }
    return numbers
  }
}

/** What a task is by the properties it has. */
export function formOf(task: JsonTask): TaskForm {
  if (task.command !== undefined) return 'command'
  const makes = task.output_path !== undefined || task.source_files?.length || task.outputs?.length
  return makes ? 'compile' : 'group'
}

/** The mend that offers `near`, if there is one. */
export function suggestion(near: string | null): string | undefined {
  return near === null ? undefined : `did you mean ${quoteName(near)}?`
}
