import type { BuildEvent, BuildPlanned, BuildRequest } from '../../events/build-events.ts'
import { digestOf } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import { toRanges } from '../../events/ranges.ts'
import { type BuildState, newBuildState, phaseOf, statusOf, taskCounts } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'
import type { BuildGraph, TaskNumber } from '../../machines/graph/build-graph.ts'
import { step, tasksWith } from '../../machines/step.ts'

export const userFailure: Failure = { kind: 'user', exitCode: 1, message: 'exit code 1' }
export const workerLost: Failure = { kind: 'worker-lost', message: 'the worker vanished' }
export const requester = { host: 'host', pid: 1, version: '0.1.0' }
const digest = digestOf('content')

export interface RigOptions {
  readonly slots?: number
  /** How long attempts run, in ms; default 1000: long, so that none is dispatched ahead. */
  readonly runMs?: number
  readonly request?: Partial<BuildRequest>
  readonly planned?: Partial<BuildPlanned>
  /** Ids of tasks that are up to date. */
  readonly upToDate?: readonly string[]
}

/** One build driven by hand. It records what `step` says is to be recorded, as a coordinator does, and nothing else. */
export class BuildRig {
  readonly state: BuildState
  /** Everything recorded so far. */
  readonly log: BuildEvent[] = []
  /** Effects, other than `record`, since the last call of `take`. */
  #effects: Effect[] = []
  readonly #graph: BuildGraph
  readonly #options: RigOptions

  constructor(graph: BuildGraph, options: RigOptions = {}) {
    this.#graph = graph
    this.#options = options
    this.state = newBuildState('01j00000000000000000000000', () => graph)
  }

  get phase(): string {
    return phaseOf(this.state)
  }

  /** Names of the events recorded so far, from the last `build-started` on. */
  get recorded(): readonly string[] {
    const types = this.log.map((event) => event.type)
    return types.slice(types.lastIndexOf('build-started') + 1)
  }

  apply(event: BuildEvent): this {
    const effects = step(this.state, event)
    this.log.push(event)
    for (const effect of effects) {
      if (effect.type === 'record') this.apply(effect.event)
      else this.#effects.push(effect)
    }
    return this
  }

  request(): this {
    const request: BuildRequest = {
      directory: '/work',
      reader: 'ninja',
      file: 'build.ninja',
      targets: [],
      failuresMax: 1,
      policy: 'critical-path',
      ...this.#options.request,
    }
    return this.apply({ type: 'build-requested', request, requester })
  }

  plan(upToDate: readonly string[] = this.#options.upToDate ?? []): this {
    this.#effects = this.#effects.filter((effect) => effect.type !== 'plan-build')
    return this.apply({
      type: 'build-planned',
      graph: digest,
      upToDate: toRanges(upToDate.map((id) => this.task(id)).sort((a, b) => a - b)),
      discovered: [],
      dyndeps: [],
      durations: [],
      ...this.#options.planned,
    })
  }

  start(): this {
    return this.apply({ type: 'build-started', slots: this.#options.slots ?? 1 })
  }

  /** Requests, plans and starts. */
  begin(): this {
    return this.request().plan().start()
  }

  /** The effects since the last call, `look-up lib.a` for short. */
  take(): readonly string[] {
    const taken = this.#effects.map((effect) => this.#describe(effect))
    this.#effects = []
    return taken
  }

  queue(id: string): this {
    const reason = { kind: 'no-record' } as const
    return this.apply({ type: 'task-queued', task: this.task(id), command: digest, inputs: [], reason })
  }

  startAttempt(id: string, attempt = this.#attempt(id)): this {
    return this.apply({ type: 'task-started', task: this.task(id), attempt, worker: 'local-1', at: 1 })
  }

  /** @param kept action key under which its result is to be kept */
  succeed(id: string, attempt = this.#attempt(id), kept?: string): this {
    const end = { task: this.task(id), attempt, worker: 'local-1', at: 2, phases: this.#phases }
    const keeping = kept === undefined ? {} : { kept }
    return this.apply({ type: 'task-succeeded', ...end, discovered: [], outputs: [], ...keeping })
  }

  fail(id: string, failure: Failure = userFailure, attempt = this.#attempt(id)): this {
    const end = { task: this.task(id), attempt, worker: 'local-1', at: 2, phases: this.#phases }
    return this.apply({ type: 'task-attempt-failed', ...end, failure })
  }

  /** From looked up to succeeded. */
  run(...ids: readonly string[]): this {
    for (const id of ids) this.queue(id).startAttempt(id).succeed(id)
    return this
  }

  /** From looked up to failed, without another attempt. */
  runBadly(id: string): this {
    return this.queue(id).startAttempt(id).fail(id)
  }

  cached(id: string): this {
    const lookedUp = { task: this.task(id), command: digest, inputs: [], reason: { kind: 'no-record' } } as const
    const origin = { build: 'earlier', worker: 'w', at: 1, runMs: 5 }
    return this.apply({ type: 'task-cached', ...lookedUp, action: 'a'.repeat(64), discovered: [], outputs: [], origin })
  }

  upToDate(id: string): this {
    return this.apply({ type: 'task-up-to-date', task: this.task(id) })
  }

  /** As a coordinator does when its user stops it. */
  cancel(): this {
    const plan = this.state.plan
    const left = plan === undefined ? [] : tasksWith(plan, ['waiting', 'ready', 'looking-up', 'queued', 'running'])
    if (left.length > 0) this.apply({ type: 'tasks-cancelled', tasks: toRanges(left) })
    return this.apply({ type: 'build-cancelled', reason: 'interrupted', counts: taskCounts(this.state) })
  }

  resume(): this {
    return this.apply({ type: 'build-resumed', requester })
  }

  status(id: string): string {
    return statusOf(this.state.plan!, this.task(id))
  }

  task(id: string): TaskNumber {
    const task = this.#graph.tasks.findIndex((candidate) => candidate.id === id)
    if (task < 0) throw new Error(`the sketch has no task ${id}`)
    return task
  }

  get #phases() {
    return { queueMs: 1, fetchMs: 1, runMs: this.#options.runMs ?? 1000, storeMs: 1 }
  }

  #attempt(id: string): number {
    return this.state.plan?.actors.get(this.task(id))?.getSnapshot().context.attempt ?? 1
  }

  #describe(effect: Effect): string {
    switch (effect.type) {
      case 'look-up-task':
        return `look-up ${this.#graph.tasks[effect.task]!.id}`
      case 'dispatch-task':
        return `dispatch ${this.#graph.tasks[effect.task]!.id} ${effect.attempt} after ${effect.delayMs}`
      case 'load-dyndep':
        return `load ${this.#graph.files[effect.file]!}`
      default:
        return effect.type
    }
  }
}
