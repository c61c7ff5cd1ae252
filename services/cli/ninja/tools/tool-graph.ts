import type { TaskNumber } from '../../../../machines/graph/build-graph.ts'
import { closestName } from '../../../../machines/graph/closest-name.ts'
import type { NinjaRules } from '../../../../machines/graph/ninja/read-ninja-rules.ts'
import { TaskGraph } from '../../../../machines/graph/task-graph.ts'
import { canonicalTarget } from '../../../canonical-target.ts'
import { loadDyndep, type ReadText } from '../../../coordinator/load-dyndep.ts'
import { NinjaError } from '../ninja-error.ts'

/** The build graph as ninja's tools see it: files by path, inputs and outputs in ninja's order, rules by name. */
export class ToolGraph {
  readonly tasks: TaskGraph
  readonly rules: NinjaRules['rules']
  readonly #ruleOf: readonly string[]
  readonly #readText: ReadText
  readonly #loaded = new Set<string>()
  #readers: Map<string, TaskNumber[]> | undefined

  constructor({ graph, ruleOf, rules }: NinjaRules, readText: ReadText) {
    this.tasks = new TaskGraph(graph)
    this.rules = rules
    this.#ruleOf = ruleOf
    this.#readText = readText
  }

  /** Tasks in the order of the manifest. */
  get numbers(): Iterable<TaskNumber> {
    return this.tasks.graph.tasks.keys()
  }

  task(task: TaskNumber) {
    return this.tasks.graph.tasks[task]!
  }

  isPhony(task: TaskNumber): boolean {
    return this.task(task).command === undefined
  }

  rule(task: TaskNumber): string {
    return this.#ruleOf[task]!
  }

  /** What ninja runs; empty for a phony task. */
  command(task: TaskNumber): string {
    const { command } = this.task(task)
    return command !== undefined && 'shell' in command ? command.shell : ''
  }

  /** Explicit inputs, implicit ones (those of a loaded dyndep file last), order-only ones. */
  inputs(task: TaskNumber): readonly string[] {
    return [...this.dirtyingInputs(task), ...this.task(task).orderOnly.map((file) => this.#path(file))]
  }

  explicitInputs(task: TaskNumber): readonly string[] {
    const { inputs, explicitInputs } = this.task(task)
    return inputs.slice(0, explicitInputs).map((file) => this.#path(file))
  }

  /** Inputs without those that are order-only. */
  dirtyingInputs(task: TaskNumber): readonly string[] {
    return [...this.task(task).inputs.map((file) => this.#path(file)), ...this.tasks.laterInputs(task)]
  }

  outputs(task: TaskNumber): readonly string[] {
    return this.tasks.outputs(task)
  }

  maker(path: string): TaskNumber | undefined {
    return this.tasks.makerOfPath(path)
  }

  /** Tasks that have the file as an input, once for each time that it stands there. Validations don't count. */
  readers(path: string): readonly TaskNumber[] {
    return this.#allReaders().get(path) ?? []
  }

  /** Tasks that have the file as a validation. */
  validates(path: string): readonly TaskNumber[] {
    const file = this.tasks.file(path)
    if (file === undefined) return []
    return [...this.numbers].filter((task) => this.task(task).validations.includes(file))
  }

  validations(task: TaskNumber): readonly string[] {
    return this.task(task).validations.map((file) => this.#path(file))
  }

  /** Adds what the task's dyndep file says, once. Returns why it can't. */
  loadDyndep(task: TaskNumber): string | undefined {
    const { dyndep } = this.task(task)
    if (dyndep === undefined || this.#loaded.has(this.#path(dyndep))) return undefined
    const path = this.#path(dyndep)
    this.#loaded.add(path)
    const readers = this.#allReaders()
    const loaded = loadDyndep(this.tasks, path, this.#readText)
    if (!loaded.ok) return loaded.message
    this.tasks.addDyndep(loaded.event.tasks)
    for (const { task, inputs } of loaded.event.tasks) addReader(readers, task, inputs)
    return undefined
  }

  /** Loads every dyndep file that is there; the others have nothing to add. */
  loadDyndeps(): void {
    for (const task of this.numbers) this.loadDyndep(task)
  }

  /** Files that no task reads, and that one makes. Throws {@link NinjaError} when there are tasks and no such file. */
  roots(): readonly string[] {
    const roots = [...this.numbers].flatMap((task) =>
      this.outputs(task).filter((path) => this.readers(path).length === 0),
    )
    if (roots.length === 0 && this.tasks.graph.tasks.length > 0)
      throw new NinjaError('could not determine root nodes of build graph')
    return roots
  }

  /** The files that the arguments name; without any, the default ones. Throws {@link NinjaError} for one that is none. */
  targets(args: readonly string[]): readonly string[] {
    if (args.length > 0) return args.map((arg) => this.target(arg))
    const { defaults } = this.tasks.graph
    return defaults.length > 0 ? defaults.map((file) => this.#path(file)) : this.roots()
  }

  /** The file that an argument names; with a `^` behind it, the first output of the first task that reads it. */
  target(arg: string): string {
    if (arg === '') throw new NinjaError('empty path')
    const name = canonicalTarget(arg)
    const path = name.endsWith('^') ? name.slice(0, -1) : name
    if (!this.has(path)) throw new NinjaError(`unknown target '${path}'${this.#suggestion(path)}`)
    if (path === name) return path
    const reader = this.readers(path)[0]
    if (reader === undefined) throw new NinjaError(`'${path}' has no out edge`)
    return this.outputs(reader)[0]!
  }

  /** Whether the manifest, or a loaded dyndep file, names the file. */
  has(path: string): boolean {
    return this.tasks.file(path) !== undefined || this.maker(path) !== undefined || this.readers(path).length > 0
  }

  /** The makers of the files, and of all that those need: each once, behind what it needs, as ninja walks the graph. */
  *needs(paths: readonly string[]): Generator<TaskNumber> {
    const seen = new Set<TaskNumber>()
    const stack: { readonly task: TaskNumber; readonly inputs: readonly string[]; next: number }[] = []
    const enter = (path: string) => {
      const task = this.maker(path)
      if (task === undefined || seen.has(task)) return
      seen.add(task)
      stack.push({ task, inputs: this.inputs(task), next: 0 })
    }
    for (const path of paths) {
      enter(path)
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        if (top.next < top.inputs.length) {
          enter(top.inputs[top.next++]!)
        } else {
          stack.pop()
          yield top.task
        }
      }
    }
  }

  #path(file: number): string {
    return this.tasks.graph.files[file]!
  }

  /** By file. Those that come with a dyndep file stand behind those of the manifest. */
  #allReaders(): Map<string, TaskNumber[]> {
    if (this.#readers === undefined) {
      this.#readers = new Map()
      for (const task of this.numbers) addReader(this.#readers, task, this.inputs(task))
    }
    return this.#readers
  }

  #suggestion(name: string): string {
    if (name === 'clean') return ", did you mean 'ninja -t clean'?"
    if (name === 'help') return ", did you mean 'ninja -h'?"
    const near = closestName(name, this.tasks.graph.files)
    return near === null ? '' : `, did you mean '${near}'?`
  }
}

function addReader(readers: Map<string, TaskNumber[]>, task: TaskNumber, inputs: readonly string[]): void {
  for (const path of inputs) {
    const known = readers.get(path)
    if (known === undefined) readers.set(path, [task])
    else known.push(task)
  }
}
