import { type BuildState, countOf, type PlanState, phaseOf, setStatus, statusOf } from './build-state.ts'
import type { Effect } from './effects.ts'
import type { TaskNumber } from './graph/build-graph.ts'
import { startTaskActor } from './task-machine.ts'

/**
 * Starts to look up as many ready tasks as there are free slots. None while a dyndep file is being read: what it says
 * may give ready tasks more to wait for.
 */
export function admit(state: BuildState, plan: PlanState): readonly Effect[] {
  const effects: Effect[] = []
  if (phaseOf(state) !== 'running' || plan.dyndepLoading.size > 0 || isAtFailureLimit(state, plan)) return effects
  while (plan.actors.size < plan.slots) {
    const task = plan.ready.pop()
    if (task === undefined) break
    if (statusOf(plan, task) !== 'ready') {
      // A leftover: a dyndep file sent the task back to wait. The place in its pool goes to the next.
      wakeNextOfPool(plan, task)
      continue
    }
    if (!takePool(plan, task)) continue
    plan.actors.set(task, startTaskActor({ retriesMax: plan.tasks.graph.tasks[task]!.retries ?? 0 }))
    setStatus(plan, task, 'looking-up')
    effects.push({ type: 'look-up-task', task })
  }
  return effects
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

function isAtFailureLimit(state: BuildState, plan: PlanState): boolean {
  const limit = state.request?.failuresMax ?? 1
  return limit > 0 && countOf(plan, 'failed') >= limit
}
