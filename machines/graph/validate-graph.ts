import type { BuildGraph, FileNumber, Task, TaskNumber } from './build-graph.ts'
import { cycleMessage, dependencyCycle, shownName } from './dependency-cycle.ts'

/** What makes a graph unusable, and the task (if it is one) to point at. */
export interface GraphDefect {
  readonly task?: TaskNumber
  readonly message: string
  readonly mend?: string
}

/**
 * Checks what every graph that a person may have written must hold: task ids are unique, no file is made by two tasks,
 * numbers are in range, pools are known, and no task waits for itself (over inputs and order-only inputs; validations
 * wait for nothing). Null if all is well, else the first defect.
 *
 * Linear in the size of the graph, without recursion. The ninja reader has checks of its own, and leaves cycles to the
 * planner, which finds those among what is wanted.
 */
export function validateGraph(graph: BuildGraph): GraphDefect | null {
  const ids = new Set<string>()
  const producerOf = new Int32Array(graph.files.length).fill(-1)
  for (const [number, task] of graph.tasks.entries()) {
    if (ids.has(task.id)) return { task: number, message: `duplicate task id ${shownName(task.id)}` }
    ids.add(task.id)
    const message = taskDefect(task, graph)
    if (message !== null) return { task: number, message: `task ${shownName(task.id)}: ${message}` }
    for (const output of task.outputs) {
      const other = producerOf[output]!
      if (other !== -1) return duplicateOutput(graph, output, other, number)
      producerOf[output] = number
    }
  }
  for (const [name, depth] of Object.entries(graph.pools)) {
    if (!isCount(depth)) return { message: `pool ${shownName(name)}: the depth must be a whole number from 0` }
  }
  const strayDefault = graph.defaults.find((file) => !isIndex(file, graph.files.length))
  if (strayDefault !== undefined)
    return { message: `the defaults name file number ${strayDefault}, which is not there` }
  return cycleDefect(graph, producerOf)
}

function duplicateOutput(graph: BuildGraph, file: FileNumber, first: TaskNumber, second: TaskNumber): GraphDefect {
  const path = shownName(graph.files[file]!)
  if (first === second)
    return { task: second, message: `task ${shownName(graph.tasks[first]!.id)} lists its output ${path} twice` }
  const [one, other] = [graph.tasks[first]!.id, graph.tasks[second]!.id]
  return { task: second, message: `multiple tasks make ${path}: ${shownName(one)} and ${shownName(other)}` }
}

function taskDefect(task: Task, graph: BuildGraph): string | null {
  const { inputs, orderOnly, validations, outputs, pool, timeoutMs, retries, priority } = task
  const count = graph.files.length
  for (const files of [inputs, orderOnly, validations, outputs]) {
    for (const file of files) if (!isIndex(file, count)) return `file number ${file} is not there`
  }
  if (!isIndex(task.explicitInputs, inputs.length + 1)) return 'more explicit inputs than inputs'
  if (!isIndex(task.explicitOutputs, outputs.length + 1)) return 'more explicit outputs than outputs'
  const { dyndep } = task
  if (dyndep !== undefined && !inputs.includes(dyndep) && !orderOnly.includes(dyndep))
    return 'the dyndep file is no input'
  if (pool !== undefined && pool !== 'console' && !Object.hasOwn(graph.pools, pool))
    return `unknown pool ${shownName(pool)}`
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31)) return 'the timeout is out of range'
  if (retries !== undefined && !isCount(retries)) return 'retries must be a whole number from 0'
  if (priority !== undefined && !Number.isFinite(priority)) return 'the priority must be a finite number'
  return null
}

function cycleDefect({ tasks }: BuildGraph, producerOf: Int32Array): GraphDefect | null {
  const cycle = dependencyCycle(tasks.keys(), (task, visit) => {
    const { inputs, orderOnly } = tasks[task]!
    for (const files of [inputs, orderOnly])
      for (const file of files) if (producerOf[file] !== -1) visit(producerOf[file]!)
  })
  return cycle === undefined ? null : { task: cycle[0]!, message: cycleMessage(cycle.map((task) => tasks[task]!.id)) }
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
