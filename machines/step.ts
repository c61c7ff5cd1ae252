import type { BuildEvent, BuildRequested } from '../events/build-events.ts'
import { fromRanges, toRanges } from '../events/ranges.ts'
import type { DyndepLoaded, TaskAttemptFailed, TaskEvent } from '../events/task-events.ts'
import { becomeReady, beginPlan, isMade, wantMore } from './begin-plan.ts'
import {
  type BuildState,
  countOf,
  type PlanState,
  phaseOf,
  setStatus,
  statusOf,
  type TaskStatus,
  taskCounts,
  taskStatuses,
} from './build-state.ts'
import type { Effect } from './effects.ts'
import type { TaskNumber } from './graph/build-graph.ts'
import { retryDelayMs, startTaskActor } from './task-machine.ts'

/**
 * Folds one event into a build's state and says what is to be done because of it: the one function for live runs and for
 * replay (which drops the effects). The state is advanced in place, so that a build of 100,000 tasks is not copied for
 * each event; equal events give equal states. Throws when the event cannot follow the ones before it.
 */
export function step(state: BuildState, event: BuildEvent): readonly Effect[] {
  switch (event.type) {
    case 'build-requested':
      return requested(state, event)
    case 'build-resumed':
    case 'build-planned':
    case 'build-started':
    case 'build-succeeded':
    case 'build-failed':
    case 'build-cancelled':
      return stepBuild(state, event)
    case 'files-digested':
      for (const version of event.files) state.fileVersions.push(version)
      return []
    case 'dyndep-loaded':
      return dyndepLoaded(planOf(state, event), state, event)
    case 'tasks-skipped':
    case 'tasks-cancelled':
      return endTogether(planOf(state, event), event)
    default:
      return stepTask(state, planOf(state, event), event)
  }
}

function requested(state: BuildState, event: BuildRequested): readonly Effect[] {
  if (state.request !== undefined) throw new Error(`build ${state.buildId} was requested twice`)
  state.request = event.request
  return [{ type: 'plan-build' }]
}

function stepBuild(state: BuildState, event: Exclude<BuildEvent, TaskEvent | BuildRequested>): readonly Effect[] {
  if (!state.actor.getSnapshot().can(event)) throw new Error(`${event.type} cannot follow in phase ${phaseOf(state)}`)
  state.actor.send(event)
  switch (event.type) {
    case 'build-resumed':
      state.plan = undefined
      return [{ type: 'plan-build' }]
    case 'build-planned':
      state.plan = beginPlan(state, event)
      return []
    case 'build-started': {
      const plan = planOf(state, event)
      plan.slots = event.slots
      return [...admit(state, plan), ...finish(state, plan)]
    }
    case 'build-failed':
      state.message = event.message
      return state.plan && state.plan.actors.size > 0 ? [{ type: 'stop-tasks' }] : []
    case 'build-cancelled':
      return [{ type: 'stop-tasks' }]
    default:
      return []
  }
}

type SingleTaskEvent = Extract<TaskEvent, { task: number }>

function stepTask(state: BuildState, plan: PlanState, event: SingleTaskEvent): readonly Effect[] {
  const { task } = event
  const actor = plan.actors.get(task)
  if (actor === undefined || !actor.getSnapshot().can(event))
    throw new Error(`${event.type} of task ${task} cannot follow in status ${statusOf(plan, task)}`)
  actor.send(event)
  const snapshot = actor.getSnapshot()
  setStatus(plan, task, snapshot.value)
  if (snapshot.status === 'done') return ended(state, plan, task)
  if (event.type === 'task-queued') return [dispatch(task, snapshot.context.attempt, 0)]
  if (event.type === 'task-attempt-failed') return retry(state, event)
  return []
}

function retry(state: BuildState, event: TaskAttemptFailed): readonly Effect[] {
  state.retried++
  const attempt = event.attempt + 1
  return [dispatch(event.task, attempt, retryDelayMs(attempt))]
}

function dispatch(task: TaskNumber, attempt: number, delayMs: number): Effect {
  return { type: 'dispatch-task', task, attempt, delayMs }
}

/** A task has come to its end: its slot is free, and what waited for it may be ready. */
function ended(state: BuildState, plan: PlanState, task: TaskNumber): readonly Effect[] {
  plan.actors.delete(task)
  releasePool(plan, task)
  const effects: Effect[] = []
  if (isMade(plan, task)) {
    for (const file of plan.tasks.graph.tasks[task]!.outputs)
      if (plan.dyndepWaiting.has(file)) effects.push({ type: 'load-dyndep', file })
    releaseDependents(plan, task)
  }
  effects.push(...admit(state, plan), ...finish(state, plan))
  return effects
}

function releaseDependents(plan: PlanState, made: TaskNumber): void {
  const stack = [made]
  for (let maker = stack.pop(); maker !== undefined; maker = stack.pop())
    plan.tasks.eachDependent(maker, (dependent) => {
      if (statusOf(plan, dependent) === 'waiting') release(plan, dependent, stack)
    })
}

function release(plan: PlanState, task: TaskNumber, reached: TaskNumber[]): void {
  if (--plan.pending[task]! > 0) return
  becomeReady(plan, task)
  if (statusOf(plan, task) === 'reached') reached.push(task)
}

/** Starts to look up as many ready tasks as there are free slots. */
function admit(state: BuildState, plan: PlanState): readonly Effect[] {
  const effects: Effect[] = []
  if (phaseOf(state) !== 'running' || isAtFailureLimit(state, plan)) return effects
  while (plan.actors.size < plan.slots) {
    const task = plan.ready.pop()
    if (task === undefined) break
    if (!takePool(plan, task)) continue
    plan.actors.set(task, startTaskActor({ retriesMax: plan.tasks.graph.tasks[task]!.retries ?? 0 }))
    setStatus(plan, task, 'looking-up')
    effects.push({ type: 'look-up-task', task })
  }
  return effects
}

/** Takes a place in the task's pool; without a free one the task waits with the pool. */
function takePool(plan: PlanState, task: TaskNumber): boolean {
  const pool = plan.pools.get(plan.tasks.graph.tasks[task]!.pool ?? '')
  if (pool === undefined) return true
  if (pool.taken >= pool.depth) {
    pool.waiting.push(task)
    return false
  }
  pool.taken++
  return true
}

function releasePool(plan: PlanState, task: TaskNumber): void {
  const pool = plan.pools.get(plan.tasks.graph.tasks[task]!.pool ?? '')
  if (pool === undefined) return
  pool.taken--
  const next = pool.waiting.pop()
  if (next !== undefined) plan.ready.push(next)
}

function isAtFailureLimit(state: BuildState, plan: PlanState): boolean {
  const limit = state.request?.failuresMax ?? 1
  return limit > 0 && countOf(plan, 'failed') >= limit
}

/** The build's end, once nothing is left to do or nothing more can be done. */
function finish(state: BuildState, plan: PlanState): readonly Effect[] {
  if (plan.actors.size > 0 || phaseOf(state) !== 'running') return []
  const left = tasksWith(plan, ['waiting', 'ready'])
  if (left.length === 0 && countOf(plan, 'failed') === 0)
    return [record({ type: 'build-succeeded', counts: taskCounts(state) })]
  const counts = taskCounts(state)
  if (counts.failed === 0) {
    if (plan.dyndepWaiting.size > 0) return []
    throw new Error(`${left.length} tasks wait for each other, first ${plan.tasks.graph.tasks[left[0]!]!.id}`)
  }
  const effects: Effect[] = []
  if (left.length > 0) effects.push(record({ type: 'tasks-skipped', tasks: toRanges(left) }))
  effects.push(record({ type: 'build-failed', counts: { ...counts, skipped: counts.skipped + left.length } }))
  return effects
}

function record(event: BuildEvent): Effect {
  return { type: 'record', event }
}

/** Numbers of the wanted tasks with a command that have one of the statuses, ascending. */
export function tasksWith(plan: PlanState, statuses: readonly TaskStatus[]): TaskNumber[] {
  const found: TaskNumber[] = []
  for (let task = 0; task < plan.status.length; task++)
    if (statuses.includes(taskStatuses[plan.status[task]!]!) && plan.tasks.graph.tasks[task]!.command !== undefined)
      found.push(task)
  return found
}

/** What a dyndep file says joins the graph, and the tasks that waited for it go on. */
function dyndepLoaded(plan: PlanState, state: BuildState, event: DyndepLoaded): readonly Effect[] {
  const file = plan.tasks.file(event.file)
  const waiting = (file !== undefined && plan.dyndepWaiting.get(file)) || []
  if (file !== undefined) plan.dyndepWaiting.delete(file)
  const added = plan.tasks.addDyndep(event.tasks)
  const isWanted = (task: TaskNumber) => statusOf(plan, task) !== 'unwanted'
  const joined = added.filter(([task]) => isWanted(task))
  wantMore(
    plan,
    joined.map(([, maker]) => maker).filter((maker) => !isWanted(maker)),
  )
  for (const [task, maker] of joined)
    if (statusOf(plan, task) === 'waiting' && !isMade(plan, maker)) plan.pending[task]!++
  const reached: TaskNumber[] = []
  for (const task of waiting) if (statusOf(plan, task) === 'waiting') release(plan, task, reached)
  for (const task of reached) releaseDependents(plan, task)
  return [...admit(state, plan), ...finish(state, plan)]
}

/** Ends tasks that never ran or were stopped, all in the same way. */
function endTogether(
  plan: PlanState,
  event: Extract<BuildEvent, { type: 'tasks-skipped' | 'tasks-cancelled' }>,
): readonly Effect[] {
  for (const task of fromRanges(event.tasks)) {
    plan.actors.get(task)?.send(event)
    plan.actors.delete(task)
    setStatus(plan, task, event.type === 'tasks-skipped' ? 'skipped' : 'cancelled')
  }
  return []
}

function planOf(state: BuildState, event: BuildEvent): PlanState {
  if (state.plan === undefined) throw new Error(`${event.type} cannot follow before the build is planned`)
  return state.plan
}
