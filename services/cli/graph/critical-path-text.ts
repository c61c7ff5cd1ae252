import { shownName } from '../../../machines/graph/dependency-cycle.ts'
import type { CriticalPath } from '../../../machines/scheduling/critical-path.ts'
import { longDuration } from '../progress/duration-text.ts'
import { tableLines } from './table-lines.ts'
import type { WantedGraph } from './wanted-graph.ts'

/** The critical path in a line. */
export function criticalPathLine({ measure, total, length, estimatedCount, count }: CriticalPath): string {
  if (measure === 'tasks')
    return `critical path: ${tasksText(total)}, the longest chain counted in tasks (no run is on record)`
  const estimated = estimatedCount === 0 ? '' : `; ${estimatedText(estimatedCount, count)}`
  return `critical path: ${longDuration(total)} over ${tasksText(length)}${estimated}`
}

/** The critical path as a table, and what it means. */
export function criticalPathLines({ criticalPath, tasks }: WantedGraph): readonly string[] {
  const { measure, steps, total, work, count, estimatedCount } = criticalPath
  if (steps.length === 0) return ['nothing to run: the targets need no task with a command']
  const amount = measure === 'ms' ? longDuration : String
  const rows = steps.map(({ task, cost, sum, isEstimated }) => {
    const { id, command } = tasks.graph.tasks[task]!
    const own = command === undefined ? 'phony' : `${isEstimated && measure === 'ms' ? '~' : ''}${amount(cost)}`
    return [own, amount(sum), shownName(id)]
  })
  const parallelism = total === 0 ? '' : `; average parallelism ${(work / total).toFixed(1)} (all work / critical path)`
  const lines = [...tableLines([measure === 'ms' ? 'own' : 'tasks', 'sum', '>task'], rows), '']
  if (measure === 'tasks')
    return [
      ...lines,
      'no run of these tasks is on record, so this is the longest chain counted in tasks',
      `critical path: ${total} of ${tasksText(count)}`,
      `a build runs at least ${tasksText(total)} one after the other, however many slots there are${parallelism}`,
    ]
  return [
    ...lines,
    ...(estimatedCount === 0 ? [] : [estimatedText(estimatedCount, count)]),
    `critical path: ${longDuration(total)}; all work: ${longDuration(work)} in ${tasksText(count)}`,
    `a build of all of it takes at least ${longDuration(total)}, however many slots there are${parallelism}`,
  ]
}

function estimatedText(estimatedCount: number, count: number): string {
  return `${estimatedCount} of ${tasksText(count)} without a known duration, taken as the mean of the others`
}

export function tasksText(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`
}
