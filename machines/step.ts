import type { BuildEvent, BuildRequested } from '../events/build-events.ts'
import { fromRanges, type Ranges, toRanges } from '../events/ranges.ts'
import type {
  DyndepLoaded,
  FilesDigested,
  SurroundingsNoted,
  TaskAttemptFailed,
  TaskEvent,
} from '../events/task-events.ts'
import { admit, admitRecorded, isAtFailureLimit, releasePool, withdraw } from './admit.ts'
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
import type { FileNumber, TaskNumber } from './graph/build-graph.ts'
import { setBack, waitLonger } from './set-back.ts'
import { retryDelayMs } from './task-machine.ts'

/**
 * Folds one event into a build's state and says what is to be done because of it: the one function for live runs and for
 * replay (which drops the effects). The state is advanced in place, so that a build of 100,000 tasks is not copied for
 * each event; equal events give equal states. Throws when the event cannot follow the ones before it; the state is then
 * as it was.
 */
export function step(state: BuildState, event: BuildEvent): readonly Effect[] {
  switch (event.type) {
    case 'build-requested':
      return requested(state, event)
    case 'build-resumed':
    case 'build-taken-over':
    case 'build-warned':
    case 'source-prepared':
    case 'build-planned':
    case 'build-started':
    case 'build-succeeded':
    case 'build-failed':
    case 'build-cancelled':
      return stepBuild(state, event)
    case 'files-digested':
      return filesDigested(state, event)
    case 'surroundings-noted':
      return surroundingsNoted(state, event)
    case 'dyndep-loaded':
      return dyndepLoaded(runningPlanOf(state, event), state, event)
    case 'task-outputs-lost': {
      const plan = runningPlanOf(state, event)
      setBack(plan, event)
      return admit(state, plan)
    }
    case 'tasks-skipped':
      return endTogether(runningPlanOf(state, event), event, skippable, 'skipped')
    case 'tasks-cancelled':
      return endTogether(planOf(state, event), event, cancellable, 'cancelled')
    default:
      return stepTask(state, runningPlanOf(state, event), event)
  }
}

function requested(state: BuildState, event: BuildRequested): readonly Effect[] {
  if (state.request !== undefined) throw new Error(`build ${state.buildId} was requested twice`)
  state.request = event.request
  return [{ type: 'plan-build' }]
}

function stepBuild(state: BuildState, event: Exclude<BuildEvent, TaskEvent | BuildRequested>): readonly Effect[] {
  if (state.request === undefined || !state.actor.getSnapshot().can(event)) throw cannotFollow(state, event)
  switch (event.type) {
    case 'build-resumed':
      state.actor.send(event)
      state.plan = undefined
      return [{ type: 'plan-build' }]
    case 'build-taken-over':
      state.actor.send(event)
      if (phaseOf(state) === 'running') return unfinished(planOf(state, event))
      state.plan = undefined
      return [{ type: 'plan-build' }]
    case 'build-warned':
      state.actor.send(event)
      return []
    case 'source-prepared':
      state.actor.send(event)
      state.source = { inputRoot: event.inputRoot, platform: event.platform }
      return []
    case 'build-planned':
      state.plan = beginPlan(state, event)
      state.actor.send(event)
      return []
    case 'build-started': {
      const plan = planOf(state, event)
      state.actor.send(event)
      plan.slots = event.slots
      return [...loadDyndeps(plan, plan.dyndepWaiting.keys()), ...admit(state, plan), ...finish(state, plan)]
    }
    case 'build-succeeded':
      if (!isAllMade(planOf(state, event))) throw cannotFollow(state, event, 'before every task has ended well')
      state.actor.send(event)
      return []
    case 'build-failed':
      state.actor.send(event)
      state.message = event.message
      return state.plan && state.plan.actors.size > 0 ? [{ type: 'stop-tasks' }] : []
    case 'build-cancelled':
      state.actor.send(event)
      return [{ type: 'stop-tasks' }]
  }
}

/**
 * What a running build waits for and nobody may be doing any more: look-ups, orders and dyndep files. Attempts that were
 * begun belong to their workers.
 */
function unfinished(plan: PlanState): readonly Effect[] {
  const effects: Effect[] = []
  for (const [task, actor] of plan.actors) {
    const { value, context } = actor.getSnapshot()
    if (value === 'looking-up') effects.push({ type: 'look-up-task', task })
    else if (value === 'queued') effects.push(dispatch(task, context.attempt, 0))
  }
  for (const file of plan.dyndepLoading) effects.push({ type: 'load-dyndep', file })
  return effects
}

function isAllMade(plan: PlanState): boolean {
  return plan.actors.size === 0 && unmade.every((status) => countOf(plan, status) === 0)
}

const unmade: readonly TaskStatus[] = ['waiting', 'ready', 'failed', 'skipped', 'cancelled']

function filesDigested(state: BuildState, event: FilesDigested): readonly Effect[] {
  if (state.request === undefined || state.actor.getSnapshot().status === 'done') throw cannotFollow(state, event)
  for (const version of event.files) state.fileVersions.push(version)
  return []
}

function surroundingsNoted(state: BuildState, event: SurroundingsNoted): readonly Effect[] {
  if (state.request === undefined || state.actor.getSnapshot().status === 'done') throw cannotFollow(state, event)
  for (const content of event.surroundings) state.surroundings.push(content)
  return []
}

type SingleTaskEvent = Extract<TaskEvent, { task: number }>

function stepTask(state: BuildState, plan: PlanState, event: SingleTaskEvent): readonly Effect[] {
  const { task } = event
  const actor = plan.actors.get(task) ?? admitRecorded(plan, event)
  if (actor === undefined || !actor.send(event)) throw cannotFollow(state, event, taskPlace(plan, event))
  const snapshot = actor.getSnapshot()
  setStatus(plan, task, snapshot.value)
  if (event.type === 'task-succeeded') noteRunTime(plan, event.phases.runMs)
  else if (event.type === 'task-cached') noteRunTime(plan, 0)
  if (snapshot.status === 'done') {
    const keeps = event.type === 'task-succeeded' && event.kept !== undefined
    return keeps ? [{ type: 'keep-result', action: event.kept }, ...ended(state, plan, task)] : ended(state, plan, task)
  }
  if (event.type === 'task-queued')
    return isAtFailureLimit(state, plan)
      ? [...withdraw(plan), ...finish(state, plan)]
      : [dispatch(task, snapshot.context.attempt, 0)]
  if (event.type === 'task-attempt-failed') return retry(state, event)
  return []
}

/** The last ten or so decide. What the cache had takes no time: while it has most, more are looked up at once. */
function noteRunTime(plan: PlanState, runMs: number): void {
  plan.meanRunMs = Number.isNaN(plan.meanRunMs) ? runMs : plan.meanRunMs * 0.9 + runMs * 0.1
}

function retry(state: BuildState, event: TaskAttemptFailed): readonly Effect[] {
  state.retried++
  const attempt = event.attempt + 1
  return [dispatch(event.task, attempt, retryDelayMs(attempt))]
}

function dispatch(task: TaskNumber, attempt: number, delayMs: number): Effect {
  return { type: 'dispatch-task', task, attempt, delayMs }
}

function taskPlace(plan: PlanState, event: SingleTaskEvent): string {
  const { task } = event
  if (task >= plan.status.length) return `of task ${task}: the graph has ${plan.status.length} tasks`
  const attempt = 'attempt' in event ? `, attempt ${event.attempt},` : ''
  const under = plan.actors.get(task)?.getSnapshot().context.attempt
  return `of task ${task}${attempt} in status ${statusOf(plan, task)}${under === undefined ? '' : ` (attempt ${under})`}`
}

/** A task has come to its end: its slot is free, and what waited for it may be ready. */
function ended(state: BuildState, plan: PlanState, task: TaskNumber): readonly Effect[] {
  plan.actors.delete(task)
  releasePool(plan, task)
  if (isAtFailureLimit(state, plan)) return [...withdraw(plan), ...finish(state, plan)]
  const loads = isMade(plan, task) ? releaseDependents(plan, task) : []
  return [...loads, ...admit(state, plan), ...finish(state, plan)]
}

/** What waited for a made task goes on, through phony tasks too; dyndep files that are made thereby are to be read. */
function releaseDependents(plan: PlanState, made: TaskNumber): readonly Effect[] {
  const loads: Effect[] = []
  const stack = [made]
  for (let maker = stack.pop(); maker !== undefined; maker = stack.pop()) {
    if (plan.dyndepWaiting.size > 0) loads.push(...loadDyndeps(plan, plan.tasks.graph.tasks[maker]!.outputs))
    plan.tasks.eachDependent(maker, (dependent) => {
      if (statusOf(plan, dependent) === 'waiting') release(plan, dependent, stack)
    })
  }
  return loads
}

function release(plan: PlanState, task: TaskNumber, reached: TaskNumber[]): void {
  if (--plan.pending[task]! > 0) return
  becomeReady(plan, task)
  if (statusOf(plan, task) === 'reached') reached.push(task)
}

/** Has those of the files read that are dyndep files which tasks wait for, and that are there. */
function loadDyndeps(plan: PlanState, files: Iterable<FileNumber>): readonly Effect[] {
  const effects: Effect[] = []
  for (const file of files) {
    if (!plan.dyndepWaiting.has(file) || plan.dyndepLoading.has(file) || !isThere(plan, file)) continue
    plan.dyndepLoading.add(file)
    effects.push({ type: 'load-dyndep', file })
  }
  return effects
}

/** The file is a source, or its maker is done. */
function isThere(plan: PlanState, file: FileNumber): boolean {
  const maker = plan.tasks.maker(file)
  return maker === undefined || isMade(plan, maker)
}

/** The build's end, once nothing is left to do or nothing more can be done. */
function finish(state: BuildState, plan: PlanState): readonly Effect[] {
  if (plan.actors.size > 0 || plan.dyndepLoading.size > 0 || phaseOf(state) !== 'running') return []
  const left = tasksWith(plan, ['waiting', 'ready'])
  if (left.length === 0 && countOf(plan, 'failed') === 0)
    return [record({ type: 'build-succeeded', counts: taskCounts(state) })]
  const counts = taskCounts(state)
  if (counts.failed === 0)
    throw new Error(`${left.length} tasks wait for each other, first ${plan.tasks.graph.tasks[left[0]!]!.id}`)
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
  const waiting = file === undefined ? undefined : plan.dyndepWaiting.get(file)
  if (file === undefined || waiting === undefined) throw cannotFollow(state, event, `: no task waits for ${event.file}`)
  if (!isThere(plan, file)) throw cannotFollow(state, event, `before ${event.file} is made`)
  const added = plan.tasks.addDyndep(event.tasks)
  plan.dyndepWaiting.delete(file)
  plan.dyndepLoading.delete(file)
  const joined = added.filter(([task]) => statusOf(plan, task) !== 'unwanted')
  wantMore(
    plan,
    joined.map(([, maker]) => maker),
  )
  for (const [task, maker] of joined) if (!isMade(plan, maker)) waitLonger(plan, task)
  const reached: TaskNumber[] = []
  for (const task of waiting) {
    const status = statusOf(plan, task)
    if (status === 'waiting') release(plan, task, reached)
    else if (status === 'unwanted') plan.pending[task]!--
  }
  const loads = reached.flatMap((task) => releaseDependents(plan, task))
  return [...loads, ...loadDyndeps(plan, plan.dyndepWaiting.keys()), ...admit(state, plan), ...finish(state, plan)]
}

/** A log that was written under another scheduling may skip what this fold has looked up already. */
const skippable: readonly TaskStatus[] = ['waiting', 'ready', 'looking-up']
const cancellable: readonly TaskStatus[] = [...skippable, 'queued', 'running']

/** Ends tasks that never ran or were stopped, all in the same way. */
function endTogether(
  plan: PlanState,
  event: { readonly type: string; readonly tasks: Ranges },
  from: readonly TaskStatus[],
  to: TaskStatus,
): readonly Effect[] {
  for (const task of fromRanges(event.tasks))
    if (task >= plan.status.length || !from.includes(statusOf(plan, task)))
      throw new Error(`${event.type} cannot follow: task ${task} is ${statusOf(plan, task) ?? 'not in the graph'}`)
  for (const task of fromRanges(event.tasks)) {
    if (plan.actors.delete(task)) releasePool(plan, task)
    setStatus(plan, task, to)
  }
  return []
}

function planOf(state: BuildState, event: BuildEvent): PlanState {
  const phase = phaseOf(state)
  if (state.plan === undefined || (phase !== 'planned' && phase !== 'running')) throw cannotFollow(state, event)
  return state.plan
}

function runningPlanOf(state: BuildState, event: BuildEvent): PlanState {
  if (state.plan === undefined || phaseOf(state) !== 'running') throw cannotFollow(state, event)
  return state.plan
}

function cannotFollow(state: BuildState, event: BuildEvent, place?: string): Error {
  const phase = state.request === undefined ? 'before build-requested' : `in phase ${phaseOf(state)}`
  return new Error(`${event.type} cannot follow ${place ?? phase}`)
}
