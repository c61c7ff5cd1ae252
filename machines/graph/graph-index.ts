import type { BuildGraph, FileNumber, TaskNumber } from './build-graph.ts'

/** What scheduling asks of a graph, in typed arrays: made once, never changed. */
export interface GraphIndex {
  readonly graph: BuildGraph
  /** File to the task that makes it, or -1 for a source file. */
  readonly producerOf: Int32Array
  /** The tasks that have file `f` as input or order-only: `consumers[consumersStart[f] .. consumersStart[f + 1])`. */
  readonly consumersStart: Int32Array
  /** Each task once per file, however often it names the file; ascending. */
  readonly consumers: Int32Array
  /** Task to the number of distinct files it waits for that other tasks make. */
  readonly producedInputCounts: Int32Array
  /** Every task, after all those whose outputs it waits for; tasks that wait for nothing in the graph's order. */
  readonly topologicalOrder: Int32Array
  /** The number of the file with this canonical path. The first call builds the table. */
  fileNumber(path: string): FileNumber | undefined
}

/**
 * Indexes a graph that `validateGraph` accepts; throws on a cycle, which is then a broken invariant. Linear in the size
 * of the graph.
 */
export function indexGraph(graph: BuildGraph): GraphIndex {
  const producerOf = new Int32Array(graph.files.length).fill(-1)
  graph.tasks.forEach((task, number) => {
    for (const output of task.outputs) producerOf[output] = number
  })
  const { consumersStart, consumers, producedInputCounts } = indexConsumers(graph, producerOf)
  let numbers: Map<string, FileNumber> | null = null
  return {
    graph,
    producerOf,
    consumersStart,
    consumers,
    producedInputCounts,
    topologicalOrder: orderTasks(graph, consumersStart, consumers, producedInputCounts),
    fileNumber(path) {
      numbers ??= new Map(graph.files.map((name, number) => [name, number]))
      return numbers.get(path)
    },
  }
}

/**
 * Flags the tasks (1, else 0) that a build of `targets` involves: their producers and, over inputs, order-only inputs
 * and validations, the producers of what those need. Source files among the targets add nothing.
 */
export function wantedTasks(index: GraphIndex, targets: Iterable<FileNumber>): Uint8Array {
  const { graph, producerOf } = index
  const wanted = new Uint8Array(graph.tasks.length)
  const pending = new Int32Array(graph.tasks.length)
  let count = 0
  const want = (file: FileNumber) => {
    const producer = producerOf[file]!
    if (producer === -1 || wanted[producer] === 1) return
    wanted[producer] = 1
    pending[count] = producer
    count += 1
  }
  for (const file of targets) want(file)
  while (count > 0) {
    count -= 1
    const task = graph.tasks[pending[count]!]!
    for (const file of task.inputs) want(file)
    for (const file of task.orderOnly) want(file)
    for (const file of task.validations) want(file)
  }
  return wanted
}

/** The files that tasks make and no task has as input or order-only (use as a validation does not count, as in ninja). */
export function leafFiles(index: GraphIndex): FileNumber[] {
  const { graph, consumersStart } = index
  const leaves: FileNumber[] = []
  for (const task of graph.tasks) {
    for (const file of task.outputs) if (consumersStart[file] === consumersStart[file + 1]) leaves.push(file)
  }
  return leaves
}

/** What to build when no target is named: the graph's defaults, or without any {@link leafFiles}. */
export function defaultTargets(index: GraphIndex): readonly FileNumber[] {
  return index.graph.defaults.length > 0 ? index.graph.defaults : leafFiles(index)
}

/** Fills the compressed rows in two passes over the edges: count per file, then place. */
function indexConsumers(graph: BuildGraph, producerOf: Int32Array) {
  const fileCount = graph.files.length
  const consumersStart = new Int32Array(fileCount + 1)
  const producedInputCounts = new Int32Array(graph.tasks.length)
  const lastTask = new Int32Array(fileCount).fill(-1)
  forEachEdge(graph, lastTask, (file, task) => {
    consumersStart[file + 1]! += 1
    if (producerOf[file] !== -1) producedInputCounts[task]! += 1
  })
  for (let file = 0; file < fileCount; file += 1) consumersStart[file + 1]! += consumersStart[file]!
  const consumers = new Int32Array(consumersStart[fileCount]!)
  const next = consumersStart.slice()
  lastTask.fill(-1)
  forEachEdge(graph, lastTask, (file, task) => {
    consumers[next[file]!] = task
    next[file]! += 1
  })
  return { consumersStart, consumers, producedInputCounts }
}

/** Visits each (file, task that waits for it) once; `lastTask` is scratch space, one -1 per file. */
function forEachEdge(
  graph: BuildGraph,
  lastTask: Int32Array,
  visit: (file: FileNumber, task: TaskNumber) => void,
): void {
  const { tasks } = graph
  for (let number = 0; number < tasks.length; number += 1) {
    const { inputs, orderOnly } = tasks[number]!
    for (const files of [inputs, orderOnly]) {
      for (const file of files) {
        if (lastTask[file] === number) continue
        lastTask[file] = number
        visit(file, number)
      }
    }
  }
}

/** Kahn's algorithm, first come first served. */
function orderTasks(
  graph: BuildGraph,
  consumersStart: Int32Array,
  consumers: Int32Array,
  counts: Int32Array,
): Int32Array {
  const order = new Int32Array(graph.tasks.length)
  const waiting = counts.slice()
  let end = 0
  for (let task = 0; task < waiting.length; task += 1) {
    if (waiting[task] === 0) order[end++] = task
  }
  for (let at = 0; at < end; at += 1) {
    for (const file of graph.tasks[order[at]!]!.outputs) {
      for (let row = consumersStart[file]!; row < consumersStart[file + 1]!; row += 1) {
        const task = consumers[row]!
        waiting[task]! -= 1
        if (waiting[task] === 0) order[end++] = task
      }
    }
  }
  if (end < order.length) throw new Error('indexGraph was given a graph with a dependency cycle')
  return order
}
