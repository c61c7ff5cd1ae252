import type { DyndepTask } from '../../events/task-events.ts'
import type { BuildGraph, FileNumber, TaskNumber } from './build-graph.ts'
import { cycleMessage, dependencyCycle } from './dependency-cycle.ts'

/**
 * Which task waits for which: the build graph's dependencies between tasks, and those that became known later (from
 * dyndep files and from what earlier runs read). Built in one pass; the later ones are kept beside.
 */
export class TaskGraph {
  readonly graph: BuildGraph
  /** Task that makes a file, or -1. */
  readonly #maker: Int32Array
  /** Dependents of task t: `#dependents[#first[t] .. #first[t + 1]]`; one entry per file that joins the two. */
  readonly #first: Int32Array
  readonly #dependents: Int32Array
  readonly #laterDependencies = new Map<TaskNumber, TaskNumber[]>()
  readonly #laterDependents = new Map<TaskNumber, TaskNumber[]>()
  readonly #laterInputs = new Map<TaskNumber, readonly string[]>()
  readonly #laterOutputs = new Map<TaskNumber, readonly string[]>()
  readonly #laterMakers = new Map<string, TaskNumber>()
  #fileByPath: Map<string, FileNumber> | undefined
  #sourceReaders: Map<FileNumber, TaskNumber[]> | undefined

  constructor(graph: BuildGraph) {
    this.graph = graph
    const { tasks, files } = graph
    this.#maker = new Int32Array(files.length).fill(-1)
    for (let task = 0; task < tasks.length; task++)
      for (const output of tasks[task]!.outputs) this.#maker[output] = task
    this.#first = new Int32Array(tasks.length + 1)
    for (const task of tasks) {
      for (const file of task.inputs) if (this.#maker[file]! >= 0) this.#first[this.#maker[file]! + 1]!++
      for (const file of task.orderOnly) if (this.#maker[file]! >= 0) this.#first[this.#maker[file]! + 1]!++
    }
    for (let task = 0; task < tasks.length; task++) this.#first[task + 1]! += this.#first[task]!
    this.#dependents = new Int32Array(this.#first[tasks.length]!)
    const next = this.#first.slice()
    for (let task = 0; task < tasks.length; task++)
      this.#eachDeclared(task, (maker) => {
        this.#dependents[next[maker]!++] = task
      })
  }

  maker(file: FileNumber): TaskNumber | undefined {
    const task = this.#maker[file]!
    return task >= 0 ? task : this.#laterMakers.get(this.graph.files[file]!)
  }

  makerOfPath(path: string): TaskNumber | undefined {
    const file = this.file(path)
    const task = file === undefined ? -1 : this.#maker[file]!
    return task >= 0 ? task : this.#laterMakers.get(path)
  }

  file(path: string): FileNumber | undefined {
    if (this.#fileByPath === undefined) {
      this.#fileByPath = new Map()
      for (let file = 0; file < this.graph.files.length; file++) this.#fileByPath.set(this.graph.files[file]!, file)
    }
    return this.#fileByPath.get(path)
  }

  /** Paths of the outputs, those that a dyndep file added included. */
  outputs(task: TaskNumber): readonly string[] {
    const declared = this.graph.tasks[task]!.outputs.map((file) => this.graph.files[file]!)
    const later = this.#laterOutputs.get(task)
    return later === undefined ? declared : [...declared, ...later]
  }

  /** Paths of inputs that a dyndep file added. */
  laterInputs(task: TaskNumber): readonly string[] {
    return this.#laterInputs.get(task) ?? []
  }

  /** Calls `visit` with each task that `task` waits for, once per file or later dependency that joins the two. */
  eachDependency(task: TaskNumber, visit: (maker: TaskNumber) => void): void {
    this.#eachDeclared(task, visit)
    for (const maker of this.#laterDependencies.get(task) ?? []) visit(maker)
  }

  /** Calls `visit` with each task that waits for `task`, as often as `eachDependency` of that one names `task`. */
  eachDependent(task: TaskNumber, visit: (dependent: TaskNumber) => void): void {
    const end = this.#first[task + 1]!
    for (let i = this.#first[task]!; i < end; i++) visit(this.#dependents[i]!)
    const later = this.#laterDependents.get(task)
    if (later !== undefined) for (const dependent of later) visit(dependent)
  }

  addDependency(task: TaskNumber, maker: TaskNumber): void {
    append(this.#laterDependencies, task, maker)
    append(this.#laterDependents, maker, task)
  }

  /**
   * Adds what a dyndep file says. Returns the new dependencies. What {@link dyndepDefect} finds is refused with an Error;
   * nothing is then added.
   */
  addDyndep(tasks: readonly DyndepTask[]): readonly Dependency[] {
    const joined = this.#joinDyndep(tasks)
    if (typeof joined === 'string') throw new Error(joined)
    for (const { task, inputs, outputs } of tasks) {
      this.#laterInputs.set(task, inputs)
      this.#laterOutputs.set(task, outputs)
    }
    return joined.dependencies
  }

  /**
   * Why a dyndep file can't be added, in one line that names the tasks: it says that a file is made which another task
   * makes already, or tasks would wait for each other. `undefined` when it can; the graph stays as it is.
   */
  dyndepDefect(tasks: readonly DyndepTask[]): string | undefined {
    const joined = this.#joinDyndep(tasks)
    if (typeof joined === 'string') return joined
    this.#dropDyndep(joined)
    return undefined
  }

  /** The tasks needed to make the wanted ones, themselves included: flags by task number. */
  closure(wanted: Iterable<TaskNumber>): Uint8Array {
    const flags = new Uint8Array(this.graph.tasks.length)
    const stack: TaskNumber[] = []
    const want = (task: TaskNumber) => {
      if (flags[task] === 1) return
      flags[task] = 1
      stack.push(task)
    }
    for (const task of wanted) want(task)
    for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
      this.eachDependency(task, want)
      for (const file of this.graph.tasks[task]!.validations) {
        const maker = this.maker(file)
        if (maker !== undefined) want(maker)
      }
    }
    return flags
  }

  /**
   * The flagged tasks, dependencies before dependents and otherwise by number. Tasks on a cycle, and what waits for
   * them, are left out.
   */
  order(flags: Uint8Array): Int32Array {
    const pending = new Int32Array(flags.length)
    let count = 0
    for (let task = 0; task < flags.length; task++) {
      if (flags[task] === 0) continue
      count++
      this.eachDependency(task, (maker) => {
        if (flags[maker] === 1) pending[task]!++
      })
    }
    const order = new Int32Array(count)
    let end = 0
    for (let task = 0; task < flags.length; task++) if (flags[task] === 1 && pending[task] === 0) order[end++] = task
    for (let i = 0; i < end; i++)
      this.eachDependent(order[i]!, (dependent) => {
        if (flags[dependent] === 1 && --pending[dependent]! === 0) order[end++] = dependent
      })
    return order.subarray(0, end)
  }

  #eachDeclared(task: TaskNumber, visit: (maker: TaskNumber) => void): void {
    const { inputs, orderOnly } = this.graph.tasks[task]!
    for (let i = 0; i < inputs.length; i++) {
      const maker = this.#maker[inputs[i]!]!
      if (maker >= 0) visit(maker)
    }
    for (let i = 0; i < orderOnly.length; i++) {
      const maker = this.#maker[orderOnly[i]!]!
      if (maker >= 0) visit(maker)
    }
  }

  /** Adds makers and dependencies; a string is the reason why nothing was added. */
  #joinDyndep(tasks: readonly DyndepTask[]): DyndepJoin | string {
    const makers = this.#newMakers(tasks)
    if (typeof makers === 'string') return makers
    for (const [path, task] of makers) this.#laterMakers.set(path, task)
    const dependencies = this.#dyndepDependencies(tasks, makers)
    for (const [task, maker] of dependencies) this.addDependency(task, maker)
    const cycle = dependencyCycle(new Set(dependencies.map(([task]) => task)), (task, visit) =>
      this.eachDependency(task, visit),
    )
    if (cycle === undefined) return { makers, dependencies }
    this.#dropDyndep({ makers, dependencies })
    return cycleMessage(cycle.map((task) => this.graph.tasks[task]!.id))
  }

  /** Undoes the last `#joinDyndep`. */
  #dropDyndep({ makers, dependencies }: DyndepJoin): void {
    for (const [task, maker] of dependencies) {
      this.#laterDependencies.get(task)!.pop()
      this.#laterDependents.get(maker)!.pop()
    }
    for (const path of makers.keys()) this.#laterMakers.delete(path)
  }

  /** The paths that a dyndep file newly says to be made, each by which task; a string tells of one that is made twice. */
  #newMakers(tasks: readonly DyndepTask[]): ReadonlyMap<string, TaskNumber> | string {
    const makers = new Map<string, TaskNumber>()
    for (const { task, outputs } of tasks)
      for (const path of outputs) {
        const other = makers.get(path) ?? this.makerOfPath(path)
        if (other === undefined) makers.set(path, task)
        else if (other !== task) {
          const [one, two] = [this.graph.tasks[other]!.id, this.graph.tasks[task]!.id]
          return `multiple tasks make ${path}: ${one} and ${two}`
        }
      }
    return makers
  }

  #dyndepDependencies(tasks: readonly DyndepTask[], makers: ReadonlyMap<string, TaskNumber>): readonly Dependency[] {
    const found: Dependency[] = []
    const add = (task: TaskNumber, maker: TaskNumber | undefined) => {
      if (maker !== undefined && maker !== task) found.push([task, maker])
    }
    for (const { task, inputs } of tasks) for (const path of inputs) add(task, this.makerOfPath(path))
    if (makers.size === 0) return found
    for (const [path, maker] of makers) {
      const file = this.file(path)
      if (file !== undefined) for (const reader of this.#readersOfSource(file)) add(reader, maker)
    }
    for (const [reader, paths] of this.#laterInputs) for (const path of paths) add(reader, makers.get(path))
    return found
  }

  /** Tasks that declare a file which no task declares to make. */
  #readersOfSource(file: FileNumber): readonly TaskNumber[] {
    if (this.#sourceReaders === undefined) {
      this.#sourceReaders = new Map()
      for (const [reader, { inputs, orderOnly }] of this.graph.tasks.entries())
        for (const files of [inputs, orderOnly])
          for (const input of files) if (this.#maker[input]! < 0) append(this.#sourceReaders, input, reader)
    }
    return this.#sourceReaders.get(file) ?? []
  }
}

/** The first waits for the second. */
type Dependency = readonly [task: TaskNumber, maker: TaskNumber]

interface DyndepJoin {
  /** Paths that got a maker. */
  readonly makers: ReadonlyMap<string, TaskNumber>
  readonly dependencies: readonly Dependency[]
}

function append(map: Map<number, TaskNumber[]>, key: number, value: TaskNumber): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
