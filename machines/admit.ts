import { type BuildState, countOf, type PlanState, phaseOf, setStatus, statusOf } from './build-state.ts'
import type { Effect } from './effects.ts'
import type { TaskNumber } from './graph/build-graph.ts'
import { startTaskActor, type TaskActor } from './task-machine.ts'

/** Attempts shorter than this are dispatched ahead: waiting for the next order would cost their slot too much. */
const shortRunMs = 20

/** Orders per slot that wait at the workers while attempts are short. */
const aheadPerSlot = 4

/**
 * Starts to look up as many ready tasks as there are free slots, and more while attempts are short. None while a dyndep
 * file is being read: what it says may give ready tasks more to wait for.
 */
export function admit(state: BuildState, plan: PlanState): readonly Effect[] {
  const effects: Effect[] = []
  if (phaseOf(state) !== 'running' || plan.dyndepLoading.size > 0 || isAtFailureLimit(state, plan)) return effects
  const underWayMax = plan.meanRunMs < shortRunMs ? plan.slots * (1 + aheadPerSlot) : plan.slots
  while (plan.actors.size < underWayMax) {
    const task = plan.ready.pop()
    if (task === undefined) break
    if (statusOf(plan, task) !== 'ready') {
      // A leftover: a dyndep file sent the task back to wait. The place in its pool goes to the next.
      wakeNextOfPool(plan, task)
      continue
    }
    if (!takePool(plan, task)) continue
    startActor(plan, task)
    effects.push({ type: 'look-up-task', task })
  }
  return effects
}

/**
 * The actor of a ready task that the log says was looked up, where this fold would have chosen another first: logs that
 * were written under another scheduling replay all the same.
 */
export function admitRecorded(
  plan: PlanState,
  event: { readonly type: string; readonly task: TaskNumber },
): TaskActor | undefined {
  const { task, type } = event
  if (statusOf(plan, task) !== 'ready' || !lookUpAnswers.has(type)) return undefined
  const pool = plan.pools.get(plan.tasks.graph.tasks[task]!.pool ?? '')
  if (pool !== undefined) pool.taken++
  return startActor(plan, task)
}

const lookUpAnswers: ReadonlySet<string> = new Set(['task-up-to-date', 'task-cached', 'task-queued'])

function startActor(plan: PlanState, task: TaskNumber): TaskActor {
  const actor = startTaskActor({ retriesMax: plan.tasks.graph.tasks[task]!.retries ?? 0, ...plan.again.get(task) })
  plan.actors.set(task, actor)
  setStatus(plan, task, 'looking-up')
  return actor
}

/** Takes back dispatched tasks that have not begun, because the build has reached its failure limit. */
export function withdraw(plan: PlanState): readonly Effect[] {
  const queued = [...plan.actors.keys()].filter((task) => statusOf(plan, task) === 'queued')
  for (const task of queued) {
    plan.actors.delete(task)
    setStatus(plan, task, 'ready')
    releasePool(plan, task)
  }
  return queued.length === 0 ? [] : [{ type: 'withdraw-tasks' }]
}

/** Gives a task's place in its pool back, to the next one that waits for it. */
export function releasePool(plan: PlanState, task: TaskNumber): void {
  const pool = plan.pools.get(plan.tasks.graph.tasks[task]!.pool ?? '')
  if (pool === undefined) return
  pool.taken--
  wakeNextOfPool(plan, task)
}

function wakeNextOfPool(plan: PlanState, task: TaskNumber): void {
  const next = plan.pools.get(plan.tasks.graph.tasks[task]!.pool ?? '')?.waiting.pop()
  if (next !== undefined) plan.ready.push(next)
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

export function isAtFailureLimit(state: BuildState, plan: PlanState): boolean {
  const limit = state.request?.failuresMax ?? 1
  return limit > 0 && countOf(plan, 'failed') >= limit
}
