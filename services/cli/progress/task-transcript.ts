import type { BuildEvent } from '../../../events/build-events.ts'
import type { Commit } from '../../../events/commit.ts'
import type { TaskAttemptFailed, TaskCached, TaskOutput, TaskSucceeded } from '../../../events/task-events.ts'
import { type BuildState, countOf, type PlanState, statusOf, taskStatuses } from '../../../machines/build-state.ts'
import type { Paint } from './colour.ts'
import { ConsoleLock } from './console-lock.ts'
import { failureText, retryText } from './failure-text.ts'
import type { OutputQueue } from './output-queue.ts'
import { taskLine } from './task-line.ts'
import { type OutputReading, taskOutputText } from './task-output-text.ts'

export interface TranscriptOptions extends OutputReading {
  /** `every-task`: a line for each that ran. `speaking-tasks`: those that printed. `failed-tasks`: nothing of others. */
  readonly shows: 'every-task' | 'speaking-tasks' | 'failed-tasks'
  /** Commands in place of descriptions. */
  readonly isVerbose: boolean
  readonly paint: Paint
}

/** What stays on the user's screen or in the file: lines of finished tasks, their output and their failures, in order. */
export class TaskTranscript {
  readonly console = new ConsoleLock()
  readonly #queue: OutputQueue
  readonly #options: TranscriptOptions
  #finished = 0
  #firstFailedId: string | undefined

  constructor(queue: OutputQueue, options: TranscriptOptions) {
    this.#queue = queue
    this.#options = options
  }

  /** Id of the first task that failed in this build. */
  get firstFailedId(): string | undefined {
    return this.#firstFailedId
  }

  /** Tasks of this plan that have run. */
  get finished(): number {
    return this.#finished
  }

  /** Takes in a commit. Returns whether the terminal was given to a console task or came back from one. */
  commit(commit: Commit, state: BuildState): boolean {
    let hasTurned = false
    for (const event of commit.events) {
      const turn = this.console.follow(event, state.plan)
      if (turn !== undefined) hasTurned = true
      if (turn === 'taken' && event.type === 'task-queued' && state.plan) this.#taskBegan(event.task, state.plan)
      this.#event(event, state.plan)
    }
    return hasTurned
  }

  #event(event: BuildEvent, plan: PlanState | undefined): void {
    switch (event.type) {
      case 'build-planned':
        this.#finished = 0
        this.#firstFailedId = undefined
        return
      case 'build-failed':
        if (event.message !== undefined)
          this.#queue.push(`${this.#options.paint(['red', 'bold'], 'FAILED:')} ${event.message}\n`)
        return
      case 'build-cancelled':
        this.#queue.push(event.reason === 'interrupted' ? 'interrupted\n' : 'stopped: a later request took its place\n')
        return
      case 'task-cached':
        if (plan !== undefined) this.#cached(event, plan)
        return
      case 'task-succeeded':
        if (plan !== undefined) this.#succeeded(event, plan)
        return
      case 'task-attempt-failed':
        if (plan !== undefined) this.#attemptFailed(event, plan)
        return
      default:
    }
  }

  /** Taken from the cache: that is told in the summary, and here only where the task has something to say. */
  #cached({ task, output }: TaskCached, plan: PlanState): void {
    this.#finished++
    const { shows, isVerbose } = this.#options
    if (shows === 'failed-tasks') return
    if (output !== undefined || (isVerbose && shows === 'every-task')) this.#taskEnded(task, plan)
    if (output !== undefined) this.#output(output)
  }

  #succeeded(event: TaskSucceeded, plan: PlanState): void {
    this.#finished++
    const { shows } = this.#options
    if (shows === 'failed-tasks') return
    if (shows === 'every-task' || event.output !== undefined) this.#taskEnded(event.task, plan)
    if (event.output !== undefined) this.#output(event.output)
  }

  #attemptFailed(event: TaskAttemptFailed, plan: PlanState): void {
    const { shows, paint } = this.#options
    if (statusOf(plan, event.task) !== 'failed') {
      if (shows !== 'failed-tasks') this.#queue.push(retryText(event, plan, paint))
      return
    }
    this.#finished++
    this.#firstFailedId ??= plan.tasks.graph.tasks[event.task]!.id
    if (shows !== 'failed-tasks') this.#taskEnded(event.task, plan)
    this.#queue.push(failureText(event, plan, paint))
    if (event.output !== undefined) this.#output(event.output)
  }

  /** A console task is named before it writes, any other one when it has ended. */
  #taskBegan(task: number, plan: PlanState): void {
    if (this.#options.shows !== 'failed-tasks') this.#queue.push(this.#line(task, plan))
  }

  #taskEnded(task: number, plan: PlanState): void {
    if (plan.tasks.graph.tasks[task]!.pool !== 'console') this.#queue.push(this.#line(task, plan))
  }

  #line(task: number, plan: PlanState): string {
    const text = taskLine(plan.tasks.graph.tasks[task]!, this.#options.isVerbose)
    return `[${this.#finished}/${tasksToRun(plan)}] ${text}\n`
  }

  #output(output: TaskOutput): void {
    const text = taskOutputText(output, this.#options)
    if (typeof text === 'string') this.#queue.push(text)
    else this.#queue.pushLater(text)
  }
}

/** Wanted tasks that were not found up to date. Gets smaller when a task's outputs come out unchanged, as in ninja. */
export function tasksToRun(plan: PlanState): number {
  let total = 0
  for (let status = 1; status < taskStatuses.length; status++) total += plan.counts[status]!
  return total - countOf(plan, 'up-to-date')
}
