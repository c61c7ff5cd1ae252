import type { BuildEvent } from '../../../events/build-events.ts'
import { fromRanges } from '../../../events/ranges.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import { canonicalize } from '../../../machines/graph/ninja/canonical-path.ts'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { UserError } from '../../user-error.ts'

/** The number of the task that has this id or makes this file. Throws {@link UserError} when the plan has none. */
export function findTask({ plan, buildId }: BuildState, name: string): number {
  if (plan === undefined) throw new UserError(`build ${buildId} was never planned: it has no tasks`)
  const byId = plan.tasks.graph.tasks.findIndex(({ id }) => id === name)
  if (byId >= 0) return byId
  const path = canonicalize(name)
  const maker = plan.tasks.makerOfPath(path)
  if (maker !== undefined) return maker
  const found = resolveTargets(plan.tasks, [path])
  throw new UserError(found.ok ? `'${name}' is a file that no task makes` : found.message)
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
