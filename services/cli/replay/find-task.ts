import type { BuildEvent } from '../../../events/build-events.ts'
import { fromRanges } from '../../../events/ranges.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import { canonicalize } from '../../../machines/graph/ninja/canonical-path.ts'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import type { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { UserError } from '../../user-error.ts'

/** The number of the task that has this id or makes this file. Throws {@link UserError} when the plan has none. */
export function findTask({ plan, buildId }: BuildState, name: string): number {
  if (plan === undefined) throw new UserError(`build ${buildId} was never planned: it has no tasks`)
  const task = taskNamed(plan.tasks, name)
  if (task === undefined) throw new UserError(unknownTask(plan.tasks, name))
  return task
}

/** The task that has this id or makes this file; `undefined` for none. */
export function taskNamed(tasks: TaskGraph, name: string): number | undefined {
  const byId = tasks.graph.tasks.findIndex(({ id }) => id === name)
  return byId >= 0 ? byId : tasks.makerOfPath(canonicalize(name))
}

/** Why a name is that of no task, in one line, with the closest name. */
export function unknownTask(tasks: TaskGraph, name: string): string {
  const found = resolveTargets(tasks, [canonicalize(name)])
  return found.ok ? `'${name}' is a file that no task makes` : found.message
}

/** Whether the event speaks of the task, alone or among others. */
export function concernsTask(event: BuildEvent, task: number): boolean {
  if ('task' in event) return event.task === task
  switch (event.type) {
    case 'tasks-skipped':
    case 'tasks-cancelled':
      for (const number of fromRanges(event.tasks)) if (number === task) return true
      return false
    case 'dyndep-loaded':
      return event.tasks.some((dyndep) => dyndep.task === task)
    case 'build-planned': {
      for (const number of fromRanges(event.upToDate)) if (number === task) return true
      return false
    }
    default:
      return false
  }
}
