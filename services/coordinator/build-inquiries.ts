import type { BuildEvent } from '../../events/build-events.ts'
import type { LastResults } from '../../events/last-results.ts'
import type { AttemptEnd } from '../../events/task-events.ts'
import type { KeepOrder } from '../../events/task-order.ts'
import type { AttemptSucceeded, TaskReport } from '../../events/task-report.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { type BuildState, type PlanState, taskCounts } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'
import type { FileNumber, TaskNumber } from '../../machines/graph/build-graph.ts'
import { loadDyndep, type ReadText } from './load-dyndep.ts'
import { eventsOfReport } from './report-events.ts'
import type { ResultCache } from './result-cache.ts'
import { TaskInquiries } from './task-inquiries.ts'
import type { SurroundingsContext } from './task-surroundings.ts'

export interface InquiryContext {
  readonly log: EventLog
  readonly results: LastResults
  readonly tree: SourceTree
  readonly surroundings: Omit<SurroundingsContext, 'tree'>
  /** Absent: nothing is taken from a cache or kept. */
  readonly cache?: ResultCache
  readonly readText: ReadText
  /** Fetches a file that `readText` is about to be asked for. */
  readonly fetchText?: (path: string) => Promise<void>
  /** The log is to tell what staging an output needs: others get it from the blob store. */
  readonly recordsForms?: true
  /** Reads the graph, compares it with the disk, and gives the events that follow a request. */
  readonly plan: () => readonly BuildEvent[] | Promise<readonly BuildEvent[]>
}

/** Events now, or later: to be called when they are recorded, since file versions are numbered then. */
export type Answer = BuildEvent[] | Promise<() => BuildEvent[]>

/** Answers the effects that lead to further events, and turns reports into events. */
export class BuildInquiries {
  readonly #context: InquiryContext
  readonly #state: BuildState
  #tasks: TaskInquiries | undefined

  constructor(context: InquiryContext, state: BuildState) {
    this.#context = context
    this.#state = state
  }

  answer(effect: Extract<Effect, { type: 'plan-build' | 'look-up-task' | 'load-dyndep' }>): Answer {
    switch (effect.type) {
      case 'plan-build':
        return this.#planBuild()
      case 'look-up-task':
        return this.#ofTasks().lookUp(effect.task)
      case 'load-dyndep':
        return this.#loadDyndep(effect.file)
    }
  }

  /**
   * Finds out again under which keys the results of tasks belong that were looked up before this process had the build.
   */
  async recall(): Promise<void> {
    if (this.#state.plan !== undefined) await this.#ofTasks().recall()
  }

  /** The facts that a worker's report adds to the log. */
  reported(report: TaskReport): Answer {
    return eventsOfReport(report, this.#context.log, (end, succeeded) => this.#succeeded(end, succeeded))
  }

  /** What the worker is to know to store the outputs of a task; `undefined` when nobody wants them. */
  keepOrder(task: TaskNumber): KeepOrder | undefined {
    return this.#ofTasks().keepOrder(task)
  }

  /** Gives a result that the log holds to the cache. */
  keep(action: string): void | Promise<void> {
    return this.#tasks?.keep(action)
  }

  #planBuild(): Answer {
    const planned = this.#context.plan()
    return planned instanceof Promise ? planned.then((events) => () => [...events]) : [...planned]
  }

  /** Of an attempt that an earlier coordinator ordered, and this one has not planned yet: nothing. */
  #succeeded(end: AttemptEnd, report: AttemptSucceeded): BuildEvent[] {
    return this.#state.plan === undefined ? [] : this.#ofTasks().succeeded(end, report)
  }

  #loadDyndep(file: FileNumber): Answer {
    const path = this.#plan().tasks.graph.files[file]!
    const fetched = this.#context.fetchText?.(path)
    return fetched === undefined ? this.#dyndepEvents(path) : fetched.then(() => () => this.#dyndepEvents(path))
  }

  #dyndepEvents(path: string): BuildEvent[] {
    const loaded = loadDyndep(this.#plan().tasks, path, this.#context.readText)
    if (!loaded.ok) return [{ type: 'build-failed', counts: taskCounts(this.#state), message: loaded.message }]
    this.#tasks?.forgetDeclarations()
    return [loaded.event]
  }

  #ofTasks(): TaskInquiries {
    const plan = this.#plan()
    if (this.#tasks?.plan !== plan) this.#tasks = new TaskInquiries(this.#context, this.#state, plan)
    return this.#tasks
  }

  #plan(): PlanState {
    if (this.#state.plan === undefined) throw new Error('no plan to look tasks up in')
    return this.#state.plan
  }
}
