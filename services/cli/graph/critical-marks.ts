import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { CriticalPath } from '../../../machines/scheduling/critical-path.ts'

/** What of a drawn graph lies on the critical path. */
export class CriticalMarks {
  /** By task on the path: the one before it, or -1. */
  readonly #before: ReadonlyMap<TaskNumber, TaskNumber>

  constructor({ steps }: CriticalPath) {
    this.#before = new Map(steps.map(({ task }, i) => [task, steps[i - 1]?.task ?? -1]))
  }

  hasTask(task: TaskNumber): boolean {
    return this.#before.has(task)
  }

  hasEdge(maker: TaskNumber, reader: TaskNumber): boolean {
    return this.#before.get(reader) === maker
  }
}
