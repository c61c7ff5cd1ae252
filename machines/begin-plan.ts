import type { BuildPlanned } from '../events/build-events.ts'
import { fromRanges } from '../events/ranges.ts'
import { type BuildState, type PlanState, setStatus, statusOf, type TaskStatus, taskStatuses } from './build-state.ts'
import type { FileNumber, TaskNumber } from './graph/build-graph.ts'
import { resolveTargets } from './graph/targets.ts'
import { TaskGraph } from './graph/task-graph.ts'
import { rankTasks } from './scheduling/ranks.ts'
import { ReadyQueue } from './scheduling/ready-queue.ts'

/** The state of a plan right after `build-planned`: what is wanted, done, waiting for how many others, and ready. */
export function beginPlan(state: BuildState, event: BuildPlanned): PlanState {
  const tasks = new TaskGraph(state.graphOf(event.graph))
  for (const dyndep of event.dyndeps) tasks.addDyndep(dyndep.tasks)
  for (let i = 0; i < event.discovered.length; i += 2)
    tasks.addDependency(event.discovered[i]!, event.discovered[i + 1]!)

  const size = tasks.graph.tasks.length
  const targets = resolveTargets(tasks, state.request?.targets ?? [])
  if (!targets.ok) throw new Error(`planned, although ${targets.message}`)
  const wanted = tasks.closure(targets.tasks)
  const order = tasks.order(wanted)
  if (order.length < countFlags(wanted)) throw new Error('planned, although tasks wait for each other')

  const durationMs = new Float64Array(size)
  for (let i = 0; i < event.durations.length; i += 2) durationMs[event.durations[i]!] = event.durations[i + 1]!
  const rank = rankTasks(state.request?.policy ?? 'critical-path', {
    graph: tasks.graph,
    order,
    eachDependent: (task, visit) => tasks.eachDependent(task, visit),
    durationMs,
  })
  const plan: PlanState = {
    tasks,
    status: new Uint8Array(size),
    pending: new Int32Array(size),
    counts: new Int32Array(taskStatuses.length),
    actors: new Map(),
    again: new Map(),
    ready: new ReadyQueue(rank),
    pools: new Map(
      Object.entries({ ...tasks.graph.pools, console: 1 })
        .filter(([, depth]) => depth > 0)
        .map(([name, depth]) => [name, { depth, taken: 0, waiting: new ReadyQueue(rank) }]),
    ),
    dyndepWaiting: dyndepsToMake(tasks, new Set(event.dyndeps.map((dyndep) => dyndep.file))),
    dyndepLoading: new Set(),
    slots: 0,
    meanRunMs: Number.NaN,
    rank,
    readied: state.request?.policy === 'fifo' ? 0 : undefined,
  }
  for (const task of order) setStatus(plan, task, 'waiting')
  for (const task of fromRanges(event.upToDate)) setStatus(plan, task, 'up-to-date')
  for (const waiting of plan.dyndepWaiting.values()) for (const task of waiting) plan.pending[task]!++
  for (const task of order) settle(plan, task)
  return plan
}

/** Counts what `task` waits for; with nothing to wait for it is ready, or reached when it is phony. */
function settle(plan: PlanState, task: TaskNumber): void {
  if (statusOf(plan, task) !== 'waiting') return
  plan.tasks.eachDependency(task, (maker) => {
    if (!isMade(plan, maker)) plan.pending[task]!++
  })
  if (plan.pending[task] === 0) becomeReady(plan, task)
}

/** Moves a task that waits for nothing any more to `ready`, or to `reached` when it is phony. */
export function becomeReady(plan: PlanState, task: TaskNumber): void {
  if (plan.tasks.graph.tasks[task]!.command === undefined) setStatus(plan, task, 'reached')
  else {
    if (plan.readied !== undefined && plan.rank[task] === 0) plan.rank[task] = -++plan.readied
    setStatus(plan, task, 'ready')
    plan.ready.push(task)
  }
}

/** Takes in tasks that became wanted while the build runs. */
export function wantMore(plan: PlanState, wanted: Iterable<TaskNumber>): void {
  const flags = plan.tasks.closure(wanted)
  const added = plan.tasks.order(flags).filter((task) => statusOf(plan, task) === 'unwanted')
  for (const task of added) setStatus(plan, task, 'waiting')
  for (const task of added) settle(plan, task)
}

const madeStatuses: readonly TaskStatus[] = ['up-to-date', 'cached', 'succeeded', 'reached']
const isMadeStatus = Uint8Array.from(taskStatuses, (status) => (madeStatuses.includes(status) ? 1 : 0))

/** The task's outputs are there. */
export function isMade(plan: PlanState, task: TaskNumber): boolean {
  return isMadeStatus[plan.status[task]!] === 1
}

function countFlags(flags: Uint8Array): number {
  let count = 0
  for (const flag of flags) count += flag
  return count
}

function dyndepsToMake(tasks: TaskGraph, loaded: ReadonlySet<string>): Map<FileNumber, TaskNumber[]> {
  const waiting = new Map<FileNumber, TaskNumber[]>()
  for (const [number, task] of tasks.graph.tasks.entries()) {
    if (task.dyndep === undefined || loaded.has(tasks.graph.files[task.dyndep]!)) continue
    const list = waiting.get(task.dyndep)
    if (list === undefined) waiting.set(task.dyndep, [number])
    else list.push(number)
  }
  return waiting
}
