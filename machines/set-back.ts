import type { TaskOutputsLost } from '../events/task-events.ts'
import { releasePool } from './admit.ts'
import { becomeReady } from './begin-plan.ts'
import { type PlanState, setStatus, statusOf, type TaskStatus } from './build-state.ts'
import type { TaskNumber } from './graph/build-graph.ts'

/** Makes a task that has not begun wait for one more; one that is under way goes on with what is there. */
export function waitLonger(plan: PlanState, task: TaskNumber): void {
  const status = statusOf(plan, task)
  if (status !== 'waiting' && status !== 'ready') return
  plan.pending[task]!++
  if (status === 'ready') setStatus(plan, task, 'waiting')
}

/**
 * Sets a task back that has ended well, because what it made is lost, and with it the one that found out: they go on with the
 * numbers of their attempts. Others that have begun find out for themselves. Throws when the event can't follow.
 */
export function setBack(plan: PlanState, event: TaskOutputsLost): void {
  const { task, attempts, reader } = event
  const actor = plan.actors.get(reader)
  if (actor?.getSnapshot().value !== 'queued' && statusOf(plan, reader) !== 'waiting')
    throw new Error(`task-outputs-lost cannot follow: task ${reader}, which reads them, is ${statusOf(plan, reader)}`)
  const isUnderWay = plan.again.has(task) && underWay.includes(statusOf(plan, task))
  if (!isUnderWay && !madeHere.includes(statusOf(plan, task)))
    throw new Error(`task-outputs-lost cannot follow: task ${task} is ${statusOf(plan, task)}`)
  if (actor !== undefined) {
    const { attempt, lost } = actor.getSnapshot().context
    plan.again.set(reader, { attempt, lost })
    plan.actors.delete(reader)
    releasePool(plan, reader)
    setStatus(plan, reader, 'waiting')
  }
  // It may read them through others that stay as they are.
  if (!isDirect(plan, reader, task)) plan.tasks.addDependency(reader, task)
  if (isUnderWay) {
    // Another reader has found out before.
    if (actor !== undefined) plan.pending[reader]!++
    return
  }
  plan.again.set(task, { attempt: attempts + 1, lost: plan.again.get(task)?.lost ?? 0 })
  plan.tasks.eachDependent(task, (dependent) => waitLonger(plan, dependent))
  becomeReady(plan, task)
}

const madeHere: readonly TaskStatus[] = ['succeeded', 'cached']
const underWay: readonly TaskStatus[] = ['waiting', 'ready', 'looking-up', 'queued', 'running']

function isDirect(plan: PlanState, reader: TaskNumber, task: TaskNumber): boolean {
  let isFound = false
  plan.tasks.eachDependency(reader, (maker) => {
    isFound ||= maker === task
  })
  return isFound
}
