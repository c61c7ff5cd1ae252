import type { BuildGraph, FileNumber, GraphError, Task, TaskNumber } from './build-graph.ts'

/** What makes a graph unusable, and the task (if it is one) to point at. */
export interface GraphDefect {
  readonly task?: TaskNumber
  readonly message: string
  readonly mend?: string
}

/** At most this many tasks of a cycle are named in a message; a longer one is cut in its middle. */
const cycleNamesMax = 40

/**
 * Checks what every graph must hold, whichever reader made it: task ids are unique, no file is made by two tasks,
 * numbers are in range, pools are known, and no task waits for itself (over inputs and order-only inputs; validations
 * wait for nothing). Null if all is well, else the first defect as an error without a line.
 *
 * Linear in the size of the graph, without recursion.
 */
export function validateGraph(graph: BuildGraph, file: string): GraphError | null {
  const defect = findGraphDefect(graph)
  if (defect === null) return null
  const { message, mend } = defect
  return { file, message, ...(mend === undefined ? {} : { mend }) }
}

/** As {@link validateGraph}, for readers that know on which line a task stands. */
export function findGraphDefect(graph: BuildGraph): GraphDefect | null {
  const ids = new Set<string>()
  const producerOf = new Int32Array(graph.files.length).fill(-1)
  for (const [number, task] of graph.tasks.entries()) {
    if (ids.has(task.id)) return { task: number, message: `duplicate task id ${shown(task.id)}` }
    ids.add(task.id)
    const message = taskDefect(task, graph)
    if (message !== null) return { task: number, message: `task ${shown(task.id)}: ${message}` }
    for (const output of task.outputs) {
      const other = producerOf[output]!
      if (other !== -1) return duplicateOutput(graph, output, other, number)
      producerOf[output] = number
    }
  }
  for (const [name, depth] of Object.entries(graph.pools)) {
    if (!isCount(depth)) return { message: `pool ${shown(name)}: the depth must be a whole number from 0` }
  }
  const strayDefault = graph.defaults.find((file) => !isIndex(file, graph.files.length))
  if (strayDefault !== undefined)
    return { message: `the defaults name file number ${strayDefault}, which is not there` }
  return cycleDefect(graph, producerOf)
}

function duplicateOutput(graph: BuildGraph, file: FileNumber, first: TaskNumber, second: TaskNumber): GraphDefect {
  const path = shown(graph.files[file]!)
  if (first === second)
    return { task: second, message: `task ${shown(graph.tasks[first]!.id)} lists its output ${path} twice` }
  const [one, other] = [graph.tasks[first]!.id, graph.tasks[second]!.id]
  return { task: second, message: `multiple tasks make ${path}: ${shown(one)} and ${shown(other)}` }
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
    return `unknown pool ${shown(pool)}`
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31)) return 'the timeout is out of range'
  if (retries !== undefined && !isCount(retries)) return 'retries must be a whole number from 0'
  if (priority !== undefined && !Number.isFinite(priority)) return 'the priority must be a finite number'
  return null
}

/** Depth-first search over the tasks; a task met again while it is still on the stack closes a cycle. */
function cycleDefect(graph: BuildGraph, producerOf: Int32Array): GraphDefect | null {
  const { tasks } = graph
  const state = new Uint8Array(tasks.length)
  const stack = new Int32Array(tasks.length)
  const cursor = new Int32Array(tasks.length)
  for (let root = 0; root < tasks.length; root += 1) {
    if (state[root] !== unseen) continue
    let depth = 0
    stack[0] = root
    state[root] = onStack
    while (depth >= 0) {
      const current = stack[depth]!
      const next = nextProducer(tasks[current]!, current, cursor, producerOf, state)
      if (next === -1) {
        state[current] = finished
        depth -= 1
      } else if (state[next] === onStack) {
        const from = stack.lastIndexOf(next, depth)
        const names = [...stack.subarray(from, depth + 1), next].map((task) => tasks[task]!.id)
        return { task: next, message: `dependency cycle: ${cyclePath(names)}` }
      } else {
        depth += 1
        stack[depth] = next
        state[next] = onStack
      }
    }
  }
  return null
}

const unseen = 0
const onStack = 1
const finished = 2

/** The next task that `task` waits for and that is not finished, or -1; moves the task's cursor past it. */
function nextProducer(task: Task, at: number, cursor: Int32Array, producerOf: Int32Array, state: Uint8Array): number {
  const { inputs, orderOnly } = task
  const count = inputs.length + orderOnly.length
  for (let index = cursor[at]!; index < count; index += 1) {
    const file = index < inputs.length ? inputs[index]! : orderOnly[index - inputs.length]!
    const producer = producerOf[file]!
    if (producer === -1 || state[producer] === finished) continue
    cursor[at] = index + 1
    return producer
  }
  cursor[at] = count
  return -1
}

function cyclePath(names: readonly string[]): string {
  if (names.length <= cycleNamesMax) return names.map(shown).join(' -> ')
  const half = cycleNamesMax / 2
  const left = names.length - cycleNamesMax
  return [...names.slice(0, half).map(shown), `(${left} more)`, ...names.slice(-half).map(shown)].join(' -> ')
}

/** A name on one line: as it is where that is clear, else in quotes with escapes. */
function shown(name: string): string {
  return /^[^\s\p{Cc}"]{1,200}$/u.test(name) ? name : JSON.stringify(name.slice(0, 200))
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
