import type { BuildEvent, BuildPlanned, BuildRequest, Requester } from '../../../events/build-events.ts'
import type { BuildId } from '../../../events/build-id.ts'
import type { Commit } from '../../../events/commit.ts'
import type { FileVersion } from '../../../events/digest.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { fromRanges } from '../../../events/ranges.ts'
import type { Surroundings } from '../../../events/surroundings.ts'
import type {
  DyndepTask,
  TaskAttemptFailed,
  TaskCached,
  TaskEvent,
  TaskQueued,
  TaskStarted,
  TaskSucceeded,
} from '../../../events/task-events.ts'
import type { BuildGraph, TaskNumber } from '../../../machines/graph/build-graph.ts'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import type { BuildEnd } from '../../../machines/replay.ts'

/** How a build left a task. `unfinished`: wanted, and not at its end where the log ends. */
export type TaskEnd =
  | 'up-to-date'
  | 'cached'
  | 'ran'
  | 'failed'
  | 'skipped'
  | 'cancelled'
  | 'unfinished'
  | 'unwanted'
  | 'phony'

/** What one plan's events tell of one task. */
export interface TaskStory {
  lookedUp?: TaskQueued | TaskCached
  /** When it was looked up, in ms since 1970. */
  lookedUpAt?: number
  started?: TaskStarted
  /** Of the last attempt that has ended. */
  ended?: TaskSucceeded | TaskAttemptFailed
  isUpToDate?: true
  stopped?: 'skipped' | 'cancelled'
}

/** One plan of a build and what came of it. A build that was resumed has several. */
export class RecordedPlan {
  readonly event: BuildPlanned
  readonly graph: BuildGraph
  readonly stories = new Map<TaskNumber, TaskStory>()
  readonly #request: BuildRequest
  readonly #dyndeps: (readonly DyndepTask[])[]
  #tasks: TaskGraph | undefined
  #wanted: Uint8Array | undefined
  #planned: Set<TaskNumber> | undefined

  constructor(event: BuildPlanned, graph: BuildGraph, request: BuildRequest) {
    this.event = event
    this.graph = graph
    this.#request = request
    this.#dyndeps = event.dyndeps.map(({ tasks }) => tasks)
  }

  /** With what dyndep files and earlier runs added. */
  get tasks(): TaskGraph {
    if (this.#tasks === undefined) {
      this.#tasks = new TaskGraph(this.graph)
      for (const dyndep of this.#dyndeps) this.#tasks.addDyndep(dyndep)
      const { discovered } = this.event
      for (let i = 0; i < discovered.length; i += 2) this.#tasks.addDependency(discovered[i]!, discovered[i + 1]!)
    }
    return this.#tasks
  }

  isWanted(task: TaskNumber): boolean {
    if (this.#wanted === undefined) {
      const targets = resolveTargets(this.tasks, this.#request.targets)
      this.#wanted = this.tasks.closure(targets.ok ? targets.tasks : [])
    }
    return this.#wanted[task] === 1
  }

  endOf(task: TaskNumber): TaskEnd {
    if (this.graph.tasks[task]!.command === undefined) return this.isWanted(task) ? 'phony' : 'unwanted'
    const { stopped, lookedUp, ended, isUpToDate } = this.stories.get(task) ?? {}
    if (stopped !== undefined) return stopped
    if (lookedUp?.type === 'task-cached') return 'cached'
    if (ended !== undefined) return ended.type === 'task-succeeded' ? 'ran' : 'failed'
    this.#planned ??= new Set(fromRanges(this.event.upToDate))
    if (isUpToDate || this.#planned.has(task)) return 'up-to-date'
    return this.isWanted(task) ? 'unfinished' : 'unwanted'
  }

  /** Takes in an event of a task, or of many. */
  apply(event: TaskEvent, at: number): void {
    switch (event.type) {
      case 'task-up-to-date':
        this.#story(event.task).isUpToDate = true
        return
      case 'task-cached':
      case 'task-queued':
        Object.assign(this.#story(event.task), { lookedUp: event, lookedUpAt: at })
        return
      case 'task-started':
        this.#story(event.task).started = event
        delete this.#story(event.task).ended
        return
      case 'task-succeeded':
      case 'task-attempt-failed':
        this.#story(event.task).ended = event
        return
      case 'tasks-skipped':
      case 'tasks-cancelled':
        for (const task of fromRanges(event.tasks))
          this.#story(task).stopped = event.type === 'tasks-skipped' ? 'skipped' : 'cancelled'
        return
      case 'dyndep-loaded':
        this.#dyndeps.push(event.tasks)
        this.#tasks = undefined
        this.#wanted = undefined
        return
      default:
    }
  }

  #story(task: TaskNumber): TaskStory {
    let story = this.stories.get(task)
    if (story === undefined) {
      story = {}
      this.stories.set(task, story)
    }
    return story
  }
}

/** A build by what its tasks came to, without the states in between. */
export class RecordedBuild {
  readonly buildId: BuildId
  readonly request: BuildRequest
  readonly requester: Requester
  /** In ms since 1970. */
  readonly requestedAt: number
  /** In order; none for a build that was never planned. */
  readonly plans: RecordedPlan[] = []
  readonly files: FileVersion[] = []
  readonly surroundings: Surroundings[] = []
  end: BuildEnd | undefined
  /** When the last commit was made, in ms since 1970. */
  lastAt: number
  readonly #graphOf: (planned: BuildPlanned) => BuildGraph

  /**
   * Throws {@link LogDamage} for a commit that begins no build.
   *
   * @param first the build's first commit, which is still to be given to `apply`
   */
  constructor(first: Commit, graphOf: (planned: BuildPlanned) => BuildGraph) {
    const [requested] = first.events
    if (requested?.type !== 'build-requested') throw new LogDamage(first.buildId, 1, 'it is not the request of a build')
    this.buildId = first.buildId
    this.request = requested.request
    this.requester = requested.requester
    this.requestedAt = first.at
    this.lastAt = first.at
    this.#graphOf = graphOf
  }

  /** The plan that counts. */
  get plan(): RecordedPlan | undefined {
    return this.plans.at(-1)
  }

  apply({ events, at }: Commit): void {
    this.lastAt = at
    for (const event of events) this.#event(event, at)
  }

  #event(event: BuildEvent, at: number): void {
    switch (event.type) {
      case 'build-requested':
      case 'build-resumed':
      case 'build-taken-over':
      case 'build-warned':
      case 'source-prepared':
      case 'build-started':
        return
      case 'build-planned':
        this.plans.push(new RecordedPlan(event, this.#graphOf(event), this.request))
        return
      case 'build-succeeded':
      case 'build-failed':
      case 'build-cancelled':
        this.end = event
        return
      case 'files-digested':
        for (const version of event.files) this.files.push(version)
        return
      case 'surroundings-noted':
        for (const content of event.surroundings) this.surroundings.push(content)
        return
      default:
        this.plan?.apply(event, at)
    }
  }
}
