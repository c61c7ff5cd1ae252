import type { FileNumber, TaskNumber } from './build-graph.ts'
import type { TaskGraph } from './task-graph.ts'

/** Calls `visit` with each file that a task reads; discovered: it does not declare it, its last run read it. */
type VisitRead = (file: FileNumber, isDiscovered: boolean) => void

/** What is asked of the tasks' last results. */
export interface LastReads {
  of(taskId: string): { readonly discovered: readonly number[] } | undefined
  /** Path (and more) of a file that `discovered` names. */
  version(number: number): readonly [path: string, ...unknown[]]
}

/**
 * Which of a graph's wanted tasks read which file so that its change matters to them: declared inputs, what dyndep files
 * add, and what the last run of each task read beyond that (headers). Order-only inputs don't count.
 *
 * Files keep the numbers of the build graph; those that only dyndep files or last runs name come behind. A task reads a
 * file once, however often it is named, and never what it makes itself. Takes time and memory linear in the number of reads.
 */
export class FileUse {
  readonly tasks: TaskGraph
  /** Wanted tasks, dependencies before dependents. */
  readonly order: Int32Array
  /** By task: its place in the order; -1: not wanted. */
  readonly places: Int32Array
  /** Path of each file. */
  readonly paths: readonly string[]
  readonly #laterFiles: ReadonlyMap<string, FileNumber>
  /** What the task at place p reads: `#reads[#firstRead[p] .. #firstRead[p + 1]]`, from `#firstDiscovered[p]` on discovered. */
  readonly #firstRead: Int32Array
  readonly #firstDiscovered: Int32Array
  readonly #reads: Int32Array
  /** Readers of file f: `#readers[#firstReader[f] .. #firstReader[f + 1]]`. */
  readonly #firstReader: Int32Array
  readonly #readers: Int32Array

  /**
   * @param tasks with what is discovered added as dependencies, as far as it closes no cycle
   * @param order of the wanted tasks, as `tasks.order` gives it
   */
  constructor(tasks: TaskGraph, order: Int32Array, results: LastReads) {
    this.tasks = tasks
    this.order = order
    this.places = new Int32Array(tasks.graph.tasks.length).fill(-1)
    for (const [place, task] of order.entries()) this.places[task] = place
    const reads = new ReadList(tasks, results, this.places)
    this.#firstRead = new Int32Array(order.length + 1)
    this.#firstDiscovered = new Int32Array(order.length)
    for (const [place, task] of order.entries()) {
      this.#firstDiscovered[place] = reads.addDeclared(task)
      this.#firstRead[place + 1] = reads.addDiscovered(task)
    }
    this.#reads = Int32Array.from(reads.files)
    this.paths = reads.paths
    this.#laterFiles = reads.laterFiles
    this.#firstReader = new Int32Array(this.paths.length + 1)
    for (const file of this.#reads) this.#firstReader[file + 1]!++
    for (let file = 0; file < this.paths.length; file++) this.#firstReader[file + 1]! += this.#firstReader[file]!
    this.#readers = new Int32Array(this.#reads.length)
    const next = this.#firstReader.slice()
    for (const task of order)
      this.eachRead(task, (file) => {
        this.#readers[next[file]!++] = task
      })
  }

  file(path: string): FileNumber | undefined {
    return this.tasks.file(path) ?? this.#laterFiles.get(path)
  }

  /** The wanted task that makes a file. */
  maker(file: FileNumber): TaskNumber | undefined {
    const maker =
      file < this.tasks.graph.files.length ? this.tasks.maker(file) : this.tasks.makerOfPath(this.paths[file]!)
    return maker === undefined || this.places[maker] === -1 ? undefined : maker
  }

  eachRead(task: TaskNumber, visit: VisitRead): void {
    const place = this.places[task]!
    if (place === -1) return
    const firstDiscovered = this.#firstDiscovered[place]!
    const end = this.#firstRead[place + 1]!
    for (let i = this.#firstRead[place]!; i < end; i++) visit(this.#reads[i]!, i >= firstDiscovered)
  }

  /** Readers of a file, in the order in which they are built. */
  eachReader(file: FileNumber, visit: (reader: TaskNumber) => void): void {
    const end = this.#firstReader[file + 1]!
    for (let i = this.#firstReader[file]!; i < end; i++) visit(this.#readers[i]!)
  }

  /** Calls `visit` with each reader of what a task makes, once per file that joins the two. */
  eachDependent(task: TaskNumber, visit: (reader: TaskNumber) => void): void {
    for (const path of this.tasks.outputs(task)) {
      const file = this.file(path)
      if (file !== undefined) this.eachReader(file, visit)
    }
  }
}

/** What the tasks read, one after the other, as it is gathered. */
class ReadList {
  readonly files: FileNumber[] = []
  readonly paths: string[]
  readonly laterFiles = new Map<string, FileNumber>()
  readonly #tasks: TaskGraph
  readonly #results: LastReads
  readonly #places: Int32Array
  /** By file: the last task that was found to read it. */
  readonly #lastReader: TaskNumber[] = []
  /** By number of the last results' file version. */
  readonly #fileOfVersion: FileNumber[] = []
  /** By file: the place of its maker, or -1; of files that were discovered. */
  readonly #makerPlace: number[] = []

  constructor(tasks: TaskGraph, results: LastReads, places: Int32Array) {
    this.#tasks = tasks
    this.#results = results
    this.#places = places
    this.paths = [...tasks.graph.files]
  }

  /** Returns how many reads there are now. */
  addDeclared(task: TaskNumber): number {
    for (const file of this.#tasks.graph.tasks[task]!.inputs) this.#add(task, file)
    for (const path of this.#tasks.laterInputs(task)) this.#add(task, this.#number(path))
    return this.files.length
  }

  /** Returns how many reads there are now. */
  addDiscovered(task: TaskNumber): number {
    const { id, command, depfile } = this.#tasks.graph.tasks[task]!
    const last = command === undefined ? undefined : this.#results.of(id)
    for (const version of last?.discovered ?? []) {
      this.#fileOfVersion[version] ??= this.#number(this.#results.version(version)[0])
      const file = this.#fileOfVersion[version]!
      this.#makerPlace[file] ??= this.#placeOfMaker(file)
      // What it makes itself, or what is made after it, an older form of the graph let it read.
      const isFromBehind = this.#makerPlace[file]! >= this.#places[task]!
      // A depfile that a command left unwritten is on record as absent.
      if (!isFromBehind && this.paths[file] !== depfile) this.#add(task, file)
    }
    return this.files.length
  }

  #add(task: TaskNumber, file: FileNumber): void {
    if (this.#lastReader[file] === task) return
    this.#lastReader[file] = task
    this.files.push(file)
  }

  #number(path: string): FileNumber {
    let number = this.#tasks.file(path) ?? this.laterFiles.get(path)
    if (number === undefined) {
      number = this.paths.push(path) - 1
      this.laterFiles.set(path, number)
    }
    return number
  }

  #placeOfMaker(file: FileNumber): number {
    const maker = this.#tasks.makerOfPath(this.paths[file]!)
    return maker === undefined ? -1 : this.#places[maker]!
  }
}
