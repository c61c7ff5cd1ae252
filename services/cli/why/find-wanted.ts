import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import { UserError } from '../../user-error.ts'
import { findBuild } from '../find-build.ts'
import type { BuildHistory } from '../history/build-history.ts'
import type { RecordedBuild, RecordedPlan } from '../history/recorded-build.ts'
import { taskNamed, unknownTask } from '../replay/find-task.ts'

export interface WantedSearch {
  /** Task id or output path. */
  readonly name: string
  /** Counts only builds of this directory. */
  readonly directory?: string
  /** A whole id, its beginning or end; `last`; `@n`. Absent: the last build that wanted the task. */
  readonly build?: string
}

export interface WantedTask {
  readonly build: RecordedBuild
  readonly plan: RecordedPlan
  readonly task: TaskNumber
}

/** The task, in the build that is asked about. Throws {@link UserError} when no build knows it. */
export async function findWanted(log: EventLog, history: BuildHistory, search: WantedSearch): Promise<WantedTask> {
  const { name, directory } = search
  if (search.build !== undefined) {
    const { buildId } = await findBuild(log, { ...search, name: search.build })
    return inBuild(history, buildId, name)
  }
  let unwanted: string | undefined
  let unknown: string | undefined
  for await (const buildId of history.builds(directory)) {
    const build = await history.readable(() => history.readPlanned(buildId))
    const plan = build?.plan
    if (plan === undefined) continue
    const task = taskIn(build!, plan, name)
    if (task === undefined) unknown ??= unknownTask(plan.tasks, name)
    else if (plan.isWanted(task)) return inBuild(history, buildId, name)
    else unwanted ??= buildId
  }
  if (unwanted !== undefined) return inBuild(history, unwanted, name)
  if (unknown !== undefined) throw new UserError(unknown)
  // Says that there is none, or what is wrong with the last one.
  const { buildId } = await findBuild(log, { ...search, name: 'last' })
  return inBuild(history, buildId, name)
}

async function inBuild(history: BuildHistory, buildId: string, name: string): Promise<WantedTask> {
  const build = await history.read(buildId)
  const { plan } = build
  if (plan === undefined) throw new UserError(`build ${buildId} was never planned: it has no tasks`)
  const task = taskIn(build, plan, name)
  if (task === undefined) throw new UserError(unknownTask(plan.tasks, name))
  return { build, plan, task }
}

/** A file of the build's directory may also be named by its absolute path. */
function taskIn({ request }: RecordedBuild, { tasks }: RecordedPlan, name: string): TaskNumber | undefined {
  const task = taskNamed(tasks, name)
  const directory = `${request.directory}/`
  return task === undefined && name.startsWith(directory) ? taskNamed(tasks, name.slice(directory.length)) : task
}
