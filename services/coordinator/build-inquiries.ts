import type { BuildEvent } from '../../events/build-events.ts'
import type { LastResults } from '../../events/last-results.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { type BuildState, type PlanState, taskCounts } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'
import type { FileNumber, TaskNumber } from '../../machines/graph/build-graph.ts'
import { FileVersionTable } from './file-version-table.ts'
import { loadDyndep, type ReadText } from './load-dyndep.ts'
import { type LookUp, TaskLookUp } from './look-up.ts'

export interface InquiryContext {
  readonly results: LastResults
  readonly tree: SourceTree
  readonly readText: ReadText
  /** Reads the graph, compares it with the disk, and gives the events that follow a request. */
  readonly plan: () => readonly BuildEvent[] | Promise<readonly BuildEvent[]>
}

/** Events now, or later: to be called when they are recorded, since file versions are numbered then. */
export type Answer = BuildEvent[] | Promise<() => BuildEvent[]>

/** Answers the effects that only read the world, with events. */
export class BuildInquiries {
  readonly #context: InquiryContext
  readonly #state: BuildState
  readonly versions: FileVersionTable
  #lookUp: { readonly plan: PlanState; readonly lookUp: TaskLookUp } | undefined

  constructor(context: InquiryContext, state: BuildState) {
    this.#context = context
    this.#state = state
    this.versions = new FileVersionTable(state.fileVersions)
  }

  answer(effect: Extract<Effect, { type: 'plan-build' | 'look-up-task' | 'load-dyndep' }>): Answer {
    switch (effect.type) {
      case 'plan-build':
        return this.#planBuild()
      case 'look-up-task':
        return this.#lookUpTask(effect.task)
      case 'load-dyndep':
        return this.#loadDyndep(effect.file)
    }
  }

  #planBuild(): Answer {
    const planned = this.#context.plan()
    return planned instanceof Promise ? planned.then((events) => () => [...events]) : [...planned]
  }

  #lookUpTask(task: TaskNumber): Answer {
    const found = this.#lookUpOf(this.#plan()).lookUp(task)
    return found instanceof Promise ? found.then((later) => () => this.#judged(task, later)) : this.#judged(task, found)
  }

  #judged(task: TaskNumber, { task: now, reason }: LookUp): BuildEvent[] {
    if (reason === null) return [{ type: 'task-up-to-date', task }]
    const inputs = now.inputs.map((path) => this.versions.number(path, this.#context.tree.digest(path)))
    return [...this.versions.takeUnlisted(), { type: 'task-queued', task, command: now.command, inputs, reason }]
  }

  #loadDyndep(file: FileNumber): BuildEvent[] {
    const { tasks } = this.#plan()
    const loaded = loadDyndep(tasks, tasks.graph.files[file]!, this.#context.readText)
    if (!loaded.ok) return [{ type: 'build-failed', counts: taskCounts(this.#state), message: loaded.message }]
    this.#lookUp?.lookUp.declarations.forget()
    return [loaded.event]
  }

  #lookUpOf(plan: PlanState): TaskLookUp {
    if (this.#lookUp?.plan !== plan)
      this.#lookUp = { plan, lookUp: new TaskLookUp(plan.tasks, this.#context.results, this.#context.tree) }
    return this.#lookUp.lookUp
  }

  #plan(): PlanState {
    if (this.#state.plan === undefined) throw new Error('no plan to look tasks up in')
    return this.#state.plan
  }
}
