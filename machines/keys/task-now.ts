import type { BuildGraph, FileNumber, TaskNumber } from '../graph/build-graph.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import { commandDigest } from './command-digest.ts'
import { noSurroundings } from './no-surroundings.ts'
import type { DigestNow, TaskNow } from './run-reason.ts'

/** What a task declares, in the form that is held against its last result. */
export class TaskDeclarations {
  readonly #tasks: TaskGraph
  readonly #surroundingsOf: (task: TaskNumber) => TaskNow['surroundings']
  readonly #expansions: (Expansion | undefined)[]

  /** @param surroundingsOf what a task's command finds around it, asked for when `now` is */
  constructor(tasks: TaskGraph, surroundingsOf: (task: TaskNumber) => TaskNow['surroundings']) {
    this.#tasks = tasks
    this.#surroundingsOf = surroundingsOf
    this.#expansions = new Array(tasks.graph.tasks.length)
  }

  /**
   * @param digestNow must know the paths that `eachInput` names
   */
  now(task: TaskNumber, digestNow: DigestNow): TaskNow {
    const { inputs, groups, empties } = this.#expansion(task)
    const declaration = this.#tasks.graph.tasks[task]!
    const command = commandDigest(declaration)
    const outputs = this.#tasks.outputs(task)
    // As its command, the tools of a generator may change without a run.
    const surroundings = declaration.generator ? noSurroundings : this.#surroundingsOf(task)
    if (groups.length + empties.length === 0) return { command, surroundings, inputs, outputs }
    // Without inputs: a file if there is one, else out of date for ever.
    const always = empties.find((path) => digestNow(path) === null)
    if (always !== undefined) return { command, surroundings, inputs, outputs, alwaysBecause: always }
    const files = groups.filter((path) => digestNow(path) !== null)
    if (files.length + empties.length === 0) return { command, surroundings, inputs, outputs }
    return { command, surroundings, inputs: [...inputs, ...files, ...empties], outputs }
  }

  /** Calls `visit` with each path that decides whether the task's declared inputs have changed. */
  eachInput(task: TaskNumber, visit: (path: string) => void): void {
    const { inputs, groups, empties } = this.#expansion(task)
    for (const path of inputs) visit(path)
    for (const path of groups) visit(path)
    for (const path of empties) visit(path)
  }

  /** Tasks with a command whose outputs are inputs (not order-only) of `task`, also through phony targets. */
  makers(task: TaskNumber): readonly TaskNumber[] {
    return this.#expansion(task).makers
  }

  /** Forgets what was worked out for tasks, because a dyndep file has added to them. */
  forget(): void {
    this.#expansions.fill(undefined)
  }

  #expansion(task: TaskNumber): Expansion {
    this.#expansions[task] ??= plainExpansion(this.#tasks, task) ?? expandPhony(this.#tasks, task)
    return this.#expansions[task]
  }
}

interface Expansion {
  readonly inputs: readonly string[]
  /** Outputs of phony targets that stand for their inputs, and for the file of their own name where there is one. */
  readonly groups: readonly string[]
  /** Outputs of phony targets without inputs. */
  readonly empties: readonly string[]
  readonly makers: readonly TaskNumber[]
}

const none: readonly never[] = []

/** The usual case, worked out without any set: no phony target and no dyndep file has a hand in it. */
function plainExpansion(tasks: TaskGraph, task: TaskNumber): Expansion | undefined {
  const { graph } = tasks
  const files = graph.tasks[task]!.inputs
  if (files.length > plainInputsMax || tasks.laterInputs(task).length > 0) return undefined
  const inputs: string[] = []
  let makers: TaskNumber[] | undefined
  for (let i = 0; i < files.length; i++) {
    if (files.indexOf(files[i]!) < i) continue
    const maker = tasks.maker(files[i]!)
    if (maker !== undefined) {
      if (graph.tasks[maker]!.command === undefined) return undefined
      makers ??= []
      if (!makers.includes(maker)) makers.push(maker)
    }
    inputs.push(graph.files[files[i]!]!)
  }
  return { inputs, groups: none, empties: none, makers: makers ?? none }
}

/** Up to here looking for repetitions by comparing each with each is the quickest way. */
const plainInputsMax = 16

function expandPhony(tasks: TaskGraph, task: TaskNumber): Expansion {
  const { graph } = tasks
  const inputs = new Set<string>()
  const groups = new Set<string>()
  const empties = new Set<string>()
  const makers = new Set<TaskNumber>()
  const seen = new Set<TaskNumber>([task])
  const stack: TaskNumber[] = [task]
  const take = (path: string, maker: TaskNumber | undefined) => {
    if (maker === undefined || graph.tasks[maker]!.command !== undefined) {
      inputs.add(path)
      if (maker !== undefined) makers.add(maker)
    } else if (isEmpty(graph, maker)) empties.add(path)
    else {
      groups.add(path)
      if (seen.has(maker)) return
      seen.add(maker)
      stack.push(maker)
    }
  }
  for (let reader = stack.pop(); reader !== undefined; reader = stack.pop()) {
    graph.tasks[reader]!.inputs.forEach((file: FileNumber) => {
      take(graph.files[file]!, tasks.maker(file))
    })
    for (const path of tasks.laterInputs(reader)) take(path, tasks.makerOfPath(path))
  }
  return { inputs: [...inputs], groups: [...groups], empties: [...empties], makers: [...makers] }
}

function isEmpty(graph: BuildGraph, phony: TaskNumber): boolean {
  const { inputs, orderOnly } = graph.tasks[phony]!
  return inputs.length + orderOnly.length === 0
}
