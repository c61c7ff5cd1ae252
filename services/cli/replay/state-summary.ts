import type { BuildEvent } from '../../../events/build-events.ts'
import type { Commit } from '../../../events/commit.ts'
import {
  type BuildState,
  type PlanState,
  phaseOf,
  statusOf,
  type TaskStatus,
  taskStatuses,
} from '../../../machines/build-state.ts'

/** How a build stood right after one of its commits. Tasks are named by their ids. */
export interface StateSummary {
  readonly build: string
  readonly version: number
  /** When that commit was made, in ms since 1970, and how long after the request in ms. */
  readonly at: number
  readonly offsetMs: number
  readonly phase: string
  readonly slots: number
  /** How many tasks with a command have each status; those that none has are left out. */
  readonly counts: Readonly<Partial<Record<TaskStatus, number>>>
  readonly running: readonly {
    readonly id: string
    readonly attempt: number
    readonly worker: string
    readonly runningMs: number
  }[]
  /** Given to the workers, or being looked up. */
  readonly queued: readonly string[]
  readonly ready: readonly string[]
  /** `for`: the unfinished tasks that it waits for directly. */
  readonly waiting: readonly { readonly id: string; readonly for: readonly string[] }[]
}

/** Keeps what the state itself does not know: when and where the running tasks began. */
export class StateObserver {
  readonly #running = new Map<number, { readonly attempt: number; readonly worker: string; readonly at: number }>()
  #requestedAt: number | undefined

  /** Takes in the next commit. */
  commit({ at, events }: Commit): void {
    this.#requestedAt ??= at
    for (const event of events) this.#event(event)
  }

  /** @param at ms since 1970; where the clock stood, for how long tasks ran */
  summary(state: BuildState, { version }: Commit, at: number): StateSummary {
    const { plan } = state
    const base = {
      build: state.buildId,
      version,
      at,
      offsetMs: at - (this.#requestedAt ?? at),
      phase: phaseOf(state),
      slots: plan?.slots ?? 0,
    }
    if (plan === undefined) return { ...base, counts: {}, running: [], queued: [], ready: [], waiting: [] }
    const id = (task: number) => plan.tasks.graph.tasks[task]!.id
    const [ready, queued, waiting]: [number[], number[], number[]] = [[], [], []]
    for (let task = 0; task < plan.status.length; task++) {
      if (plan.tasks.graph.tasks[task]!.command === undefined) continue
      const status = statusOf(plan, task)
      if (status === 'ready') ready.push(task)
      else if (status === 'queued' || status === 'looking-up') queued.push(task)
      else if (status === 'waiting') waiting.push(task)
    }
    return {
      ...base,
      counts: countsOf(plan),
      running: [...this.#running].map(([task, run]) => ({
        id: id(task),
        attempt: run.attempt,
        worker: run.worker,
        runningMs: Math.max(0, at - run.at),
      })),
      queued: queued.map(id),
      ready: ready.map(id),
      waiting: waiting.map((task) => ({ id: id(task), for: waitsFor(plan, task).map(id) })),
    }
  }

  #event(event: BuildEvent): void {
    if (event.type === 'task-started') this.#running.set(event.task, event)
    else if (event.type === 'task-succeeded' || event.type === 'task-attempt-failed') this.#running.delete(event.task)
    else if (event.type === 'build-resumed' || event.type === 'tasks-cancelled') this.#running.clear()
  }
}

function countsOf(plan: PlanState): StateSummary['counts'] {
  const counts: Partial<Record<TaskStatus, number>> = {}
  for (const [index, status] of taskStatuses.entries())
    if (status !== 'unwanted' && plan.counts[index]! > 0) counts[status] = plan.counts[index]!
  return counts
}

const open: readonly TaskStatus[] = ['waiting', 'ready', 'looking-up', 'queued', 'running', 'failed']

function waitsFor(plan: PlanState, task: number): readonly number[] {
  const makers = new Set<number>()
  plan.tasks.eachDependency(task, (maker) => {
    if (open.includes(statusOf(plan, maker))) makers.add(maker)
  })
  return [...makers]
}
