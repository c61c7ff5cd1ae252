import type { TaskNumber } from '../graph/build-graph.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import { commandDigest } from './command-digest.ts'
import type { DigestNow, TaskNow } from './run-reason.ts'

/** What a task declares, in the form that is held against its last result. */
export class TaskDeclarations {
  readonly #tasks: TaskGraph
  readonly #expansions = new Map<TaskNumber, Expansion>()

  constructor(tasks: TaskGraph) {
    this.#tasks = tasks
  }

  /**
   * @param digestNow must know the paths that `pathsToLookAt` names
   */
  now(task: TaskNumber, digestNow: DigestNow): TaskNow {
    const { inputs, groups, empties } = this.#expansion(task)
    const command = commandDigest(this.#tasks.graph.tasks[task]!)
    const outputs = this.#tasks.outputs(task)
    // Without inputs: a file if there is one, else out of date for ever.
    const always = empties.find((path) => digestNow(path) === null)
    if (always !== undefined) return { command, inputs, outputs, alwaysBecause: always }
    const files = groups.filter((path) => digestNow(path) !== null)
    if (files.length + empties.length === 0) return { command, inputs, outputs }
    return { command, inputs: [...inputs, ...files, ...empties], outputs }
  }

  /** Paths of the declared inputs and the outputs. */
  pathsToLookAt(task: TaskNumber): readonly string[] {
    const { inputs, groups, empties } = this.#expansion(task)
    return [...inputs, ...groups, ...empties, ...this.#tasks.outputs(task)]
  }

  /** Tasks with a command whose outputs are inputs (not order-only) of `task`, also through phony targets. */
  makers(task: TaskNumber): readonly TaskNumber[] {
    return this.#expansion(task).makers
  }

  /** Forgets what was worked out for tasks, because a dyndep file has added to them. */
  forget(): void {
    this.#expansions.clear()
  }

  #expansion(task: TaskNumber): Expansion {
    const known = this.#expansions.get(task)
    if (known !== undefined) return known
    const expansion = this.#expand(task)
    this.#expansions.set(task, expansion)
    return expansion
  }

  #expand(task: TaskNumber): Expansion {
    const { graph } = this.#tasks
    const inputs = new Set<string>()
    const groups = new Set<string>()
    const empties = new Set<string>()
    const makers = new Set<TaskNumber>()
    const seen = new Set<TaskNumber>([task])
    const stack: TaskNumber[] = [task]
    for (let reader = stack.pop(); reader !== undefined; reader = stack.pop()) {
      const paths = graph.tasks[reader]!.inputs.map((file) => graph.files[file]!)
      for (const path of [...paths, ...this.#tasks.laterInputs(reader)]) {
        const maker = this.#tasks.makerOfPath(path)
        if (maker === undefined || graph.tasks[maker]!.command !== undefined) {
          inputs.add(path)
          if (maker !== undefined) makers.add(maker)
          continue
        }
        const phony = graph.tasks[maker]!
        if (phony.inputs.length + phony.orderOnly.length === 0) {
          empties.add(path)
          continue
        }
        groups.add(path)
        if (!seen.has(maker)) {
          seen.add(maker)
          stack.push(maker)
        }
      }
    }
    return { inputs: [...inputs], groups: [...groups], empties: [...empties], makers: [...makers] }
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
