import type { BuildPlanned } from '../../../events/build-events.ts'
import type { Commit } from '../../../events/commit.ts'
import type { AttemptEnd } from '../../../events/task-events.ts'
import { type BuildState, type PlanState, phaseOf, taskStatuses } from '../../../machines/build-state.ts'
import { estimateRemainingMs } from './estimate.ts'

const runningStatus = taskStatuses.indexOf('running')
/** By index of a status: 1 when a task with it has not ended. */
const isOpen = Uint8Array.from(taskStatuses, (status) =>
  ['waiting', 'ready', 'looking-up', 'queued', 'running'].includes(status) ? 1 : 0,
)

/** In place of a duration: the task runs nothing. */
const phony = -1

/** What the status lines need to know beyond the build's state. Costs a few additions per event; the rest is done at a redraw. */
export class BuildProgress {
  /** Running tasks and when they started (ms since 1970), oldest first. */
  readonly running = new Map<number, number>()
  /** The task that ended last in this plan, or was taken from the cache. */
  lastEnded: number | undefined
  /** Most tasks that ran at once in this plan. */
  runningMax = 0
  /** When the build was requested or taken over, in ms since 1970. */
  beganAt = 0
  #state: BuildState | undefined
  #isOver = true
  /** Expected duration by task in ms; 0: unknown. */
  #durationMs = new Float64Array(0)
  #knownMeanMs: number | undefined
  #ended = 0
  #endedMs = 0

  /** The build under way; `undefined` before the first and after the end of one. */
  get state(): BuildState | undefined {
    return this.#isOver ? undefined : this.#state
  }

  commit(commit: Commit, state: BuildState): void {
    for (const event of commit.events)
      switch (event.type) {
        case 'task-started':
          this.running.set(event.task, event.at)
          break
        case 'task-succeeded':
        case 'task-attempt-failed':
          this.#attemptEnded(event)
          break
        case 'task-cached':
          this.lastEnded = event.task
          break
        case 'build-requested':
        case 'build-resumed':
          this.beganAt = commit.at
          this.#reset()
          break
        case 'build-planned':
          this.#planned(event, state)
          break
        default:
      }
    if (this.running.size > this.runningMax) this.runningMax = this.running.size
    this.#state = state
    this.#isOver = ['succeeded', 'failed', 'cancelled'].includes(phaseOf(state))
  }

  /** Expected ms until the end, if anything tells. */
  remainingMs(plan: PlanState, nowMs: number): number | undefined {
    let knownMs = 0
    let unknownTasks = 0
    let longestPathMs = 0
    const isPathKnown = this.#state?.request?.policy === 'critical-path' && this.#knownMeanMs !== undefined
    for (let task = 0; task < plan.status.length; task++) {
      const status = plan.status[task]!
      const expectedMs = this.#durationMs[task] ?? 0
      if (isOpen[status] === 0 || expectedMs === phony) continue
      const hadMs = status === runningStatus ? Math.min(expectedMs, nowMs - (this.running.get(task) ?? nowMs)) : 0
      if (expectedMs > 0) knownMs += expectedMs - hadMs
      else unknownTasks++
      if (isPathKnown) longestPathMs = Math.max(longestPathMs, plan.rank[task]! - hadMs)
    }
    const meanMs = this.#ended > 0 ? this.#endedMs / this.#ended : this.#knownMeanMs
    return estimateRemainingMs({ knownMs, unknownTasks, meanMs, longestPathMs, slots: plan.slots })
  }

  #attemptEnded({ task, phases }: AttemptEnd): void {
    this.running.delete(task)
    this.lastEnded = task
    this.#ended++
    this.#endedMs += phases.fetchMs + phases.runMs + phases.storeMs
  }

  #planned({ durations }: BuildPlanned, state: BuildState): void {
    this.#reset()
    const tasks = state.plan?.tasks.graph.tasks ?? []
    this.#durationMs = Float64Array.from(tasks, ({ command }) => (command === undefined ? phony : 0))
    let sumMs = 0
    for (let i = 0; i < durations.length; i += 2) {
      this.#durationMs[durations[i]!] = durations[i + 1]!
      sumMs += durations[i + 1]!
    }
    this.#knownMeanMs = durations.length === 0 ? undefined : sumMs / (durations.length / 2)
  }

  #reset(): void {
    this.running.clear()
    this.lastEnded = undefined
    this.runningMax = 0
    this.#knownMeanMs = undefined
    this.#ended = 0
    this.#endedMs = 0
  }
}
