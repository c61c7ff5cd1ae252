import type { SchedulingPolicy } from '../../events/build-events.ts'
import type { BuildGraph, TaskNumber } from '../graph/build-graph.ts'

/** A build's dependencies as the policies see them. */
export interface RankInput {
  readonly graph: BuildGraph
  /** Task numbers, dependencies before dependents. */
  readonly order: Iterable<TaskNumber> & { readonly length: number; readonly [index: number]: number }
  /** Calls `visit` with each task that waits for `task`. */
  readonly eachDependent: (task: TaskNumber, visit: (dependent: TaskNumber) => void) => void
  /** Expected duration by task in ms, from earlier runs; 0: unknown. */
  readonly durationMs: Float64Array
}

/**
 * Rank of each task; of two ready tasks the one with the higher rank runs first.
 *
 * `fifo`: all 0; each task gets its rank when it becomes ready. `priority`: the task's own. `critical-path`: the time that
 * the longest chain from this task to the end takes; a task without a known duration counts as the mean of the known
 * ones, so that without any history the rank is the depth. Source: list scheduling by longest path (Hu, 1961; Graham, 1969).
 */
export function rankTasks(policy: SchedulingPolicy, input: RankInput): Float64Array {
  const rank = new Float64Array(input.graph.tasks.length)
  if (policy === 'priority') {
    for (let task = 0; task < rank.length; task++) rank[task] = input.graph.tasks[task]!.priority ?? 0
  } else if (policy === 'critical-path') {
    rankByCriticalPath(rank, input)
  }
  return rank
}

function rankByCriticalPath(rank: Float64Array, { graph, order, eachDependent, durationMs }: RankInput): void {
  const usualMs = meanOfKnown(durationMs)
  for (let i = order.length - 1; i >= 0; i--) {
    const task = order[i]!
    let longestAfter = 0
    eachDependent(task, (dependent) => {
      if (rank[dependent]! > longestAfter) longestAfter = rank[dependent]!
    })
    const ownMs = graph.tasks[task]!.command === undefined ? 0 : durationMs[task]! || usualMs
    rank[task] = longestAfter + ownMs
  }
}

function meanOfKnown(durationMs: Float64Array): number {
  let sum = 0
  let known = 0
  for (const ms of durationMs) {
    if (ms <= 0) continue
    sum += ms
    known++
  }
  return known === 0 ? 1 : sum / known
}
