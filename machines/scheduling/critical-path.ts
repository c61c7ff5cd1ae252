import type { TaskNumber } from '../graph/build-graph.ts'
import type { TaskGraph } from '../graph/task-graph.ts'

export interface CriticalPathInput {
  readonly tasks: TaskGraph
  /** Wanted tasks, dependencies before dependents. */
  readonly order: Iterable<TaskNumber>
  /** Duration of a task's last run in ms; `undefined`: unknown. */
  readonly durationMs: (task: TaskNumber) => number | undefined
}

/** A task on the critical path. */
export interface CriticalStep {
  readonly task: TaskNumber
  /** What the task itself takes, in the path's measure. */
  readonly cost: number
  /** With all that comes before it on the path. */
  readonly sum: number
  /** The task's duration is not known, and its cost stands in for it. */
  readonly isEstimated: boolean
}

export interface CriticalPath {
  /** First to last; phony tasks between them included. Empty when nothing is wanted. */
  readonly steps: readonly CriticalStep[]
  /** What costs are counted in: ms, or tasks where no duration is known at all. */
  readonly measure: 'ms' | 'tasks'
  /** Cost of the whole path: no build of it can take less, however much runs at once. */
  readonly total: number
  /** How many of the path's tasks have a command. */
  readonly length: number
  /** Cost of all wanted tasks. */
  readonly work: number
  /** How many of the wanted tasks have a command. */
  readonly count: number
  /** How many of those have no known duration. */
  readonly estimatedCount: number
}

/**
 * The chain of tasks, each waiting for the one before, that takes longest (critical path method: Kelley & Walker, 1959);
 * of equally long ones one with the most tasks. A phony task costs nothing; a task without a known duration counts as
 * the mean of the known ones, and as 1 where none is known, so that the path is then the longest chain counted in tasks.
 * Pools are left aside. Linear in the number of dependencies.
 */
export function criticalPath({ tasks, order, durationMs }: CriticalPathInput): CriticalPath {
  const all = tasks.graph.tasks
  const wanted = [...order]
  const commands = wanted.filter((task) => all[task]!.command !== undefined)
  const known = commands.map(durationMs).filter((ms) => ms !== undefined)
  const usual = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length
  const costOf = (task: TaskNumber) => (all[task]!.command === undefined ? 0 : (durationMs(task) ?? usual))

  const sums = new Float64Array(all.length)
  const lengths = new Int32Array(all.length)
  const before = new Int32Array(all.length).fill(-1)
  const isLonger = (task: TaskNumber, other: TaskNumber) => {
    if (other === -1) return lengths[task]! > 0
    return sums[task]! > sums[other]! || (sums[task] === sums[other] && lengths[task]! > lengths[other]!)
  }
  let last = -1
  for (const task of wanted) {
    tasks.eachDependency(task, (maker) => {
      if (isLonger(maker, before[task]!)) before[task] = maker
    })
    const maker = before[task]!
    sums[task] = costOf(task) + (maker === -1 ? 0 : sums[maker]!)
    lengths[task] = (all[task]!.command === undefined ? 0 : 1) + (maker === -1 ? 0 : lengths[maker]!)
    if (isLonger(task, last)) last = task
  }

  const steps: CriticalStep[] = []
  for (let task = last; task !== -1; task = before[task]!) {
    const isEstimated = all[task]!.command !== undefined && durationMs(task) === undefined
    steps.push({ task, cost: costOf(task), sum: sums[task]!, isEstimated })
  }
  return {
    steps: steps.reverse(),
    measure: known.length === 0 ? 'tasks' : 'ms',
    total: last === -1 ? 0 : sums[last]!,
    length: last === -1 ? 0 : lengths[last]!,
    work: commands.reduce((sum, task) => sum + costOf(task), 0),
    count: commands.length,
    estimatedCount: commands.length - known.length,
  }
}
