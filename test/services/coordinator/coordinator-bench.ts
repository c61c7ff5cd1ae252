import type { BuildEvent } from '../../../events/build-events.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { Commit } from '../../../events/commit.ts'
import { digestOf } from '../../../events/digest.ts'
import { LastResults } from '../../../events/last-results.ts'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { AttemptFailed, AttemptStarted, AttemptSucceeded } from '../../../events/task-report.ts'
import { MemoryFiles, MemorySourceTree } from '../../../infra/source-tree/memory-source-tree.ts'
import type { SourceTree } from '../../../infra/source-tree/source-tree.ts'
import { MemoryTaskQueue } from '../../../infra/task-queue/memory-task-queue.ts'
import { MemoryToolchain } from '../../../infra/toolchain/memory-toolchain.ts'
import { type BuildState, newBuildState, phaseOf, statusOf } from '../../../machines/build-state.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { BuildCoordinator } from '../../../services/coordinator/build-coordinator.ts'
import { until } from '../../rig/until.ts'
import { HandClock } from './hand-clock.ts'
import { HandLog } from './hand-log.ts'

export const buildId = '01j00000000000000000000000'

export interface BenchOptions {
  readonly slots?: number
  readonly failuresMax?: number
  readonly upToDate?: readonly number[]
  /** Another tree than that of `files`. */
  readonly tree?: (files: MemoryFiles) => SourceTree
  /** Planning takes until this resolves. */
  readonly planned?: Promise<void>
}

/** One build of a graph, with a worker that does what the test says. */
export class CoordinatorBench {
  readonly clock = new HandClock()
  readonly log = new HandLog()
  readonly queue = new MemoryTaskQueue()
  readonly files = new MemoryFiles()
  readonly state: BuildState
  readonly commits: Commit[] = []
  readonly coordinator: BuildCoordinator
  /** Orders that the worker has taken. */
  readonly taken: TaskOrder[] = []
  readonly aborted: number[] = []
  readonly #graph: BuildGraph
  readonly #options: BenchOptions
  readonly #underWay = new Map<number, () => void>()

  constructor(graph: BuildGraph, options: BenchOptions = {}) {
    this.#graph = graph
    this.#options = options
    for (const file of graph.files)
      if (!graph.tasks.some(({ outputs }) => outputs.includes(graph.files.indexOf(file)))) this.files.write(file, file)
    this.state = newBuildState(buildId, () => graph)
    this.queue.consume(options.slots ?? 1, (order, signal) => this.#take(order, signal))
    this.coordinator = new BuildCoordinator({
      log: this.log,
      queue: this.queue,
      clock: this.clock,
      state: this.state,
      epoch: 1,
      results: new LastResults(),
      tree: options.tree?.(this.files) ?? new MemorySourceTree(this.files),
      surroundings: { toolchain: new MemoryToolchain(), environment: {} },
      readText: (path) => Buffer.from(this.files.at(path)?.content ?? []).toString(),
      plan: () => this.#plan(),
      observe: (commit) => this.commits.push(commit),
    })
  }

  run(): Promise<void> {
    const { failuresMax = 1 } = this.#options
    const request = {
      directory: '/work',
      reader: 'json',
      file: 'g.json',
      targets: [],
      failuresMax,
      policy: 'fifo',
    } as const
    return this.coordinator.run([
      { type: 'build-requested', request, requester: { host: 'host', pid: 1, version: '0' } },
    ])
  }

  get phase(): string {
    return phaseOf(this.state)
  }

  /** All events that the log holds. */
  async stored(): Promise<readonly BuildEvent[]> {
    const events: BuildEvent[] = []
    for await (const stored of this.log.read(buildId)) events.push(...decodeCommit(stored).events)
    return events
  }

  status(task: number): string {
    return statusOf(this.state.plan!, task)
  }

  /** Resolves when the worker has taken so many orders in all. */
  async takes(count: number): Promise<void> {
    await until(`${count} orders are taken`, () => this.taken.length >= count)
  }

  /** Resolves when everything that is under way without a report or a clock has been done. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  start(task: number, attempt = 1): void {
    this.queue.report(this.started(task, attempt))
  }

  /** Reports start and good end of an attempt, and frees its slot. */
  succeed(task: number, more: Partial<AttemptSucceeded> = {}): void {
    this.start(task, more.attempt)
    for (const file of this.#graph.tasks[task]!.outputs) this.files.write(this.#graph.files[file]!, `made by ${task}`)
    this.queue.report(this.succeeded(task, more))
    this.free(task)
  }

  /** Reports start and bad end of an attempt, and frees its slot. */
  fail(task: number, more: Partial<AttemptFailed> = {}): void {
    this.start(task, more.attempt)
    this.queue.report(this.failed(task, more))
    this.free(task)
  }

  free(task: number): void {
    this.#underWay.get(task)?.()
    this.#underWay.delete(task)
  }

  started(task: number, attempt = 1): AttemptStarted {
    return { type: 'attempt-started', buildId, task, attempt, worker: 'w', at: this.clock.now() }
  }

  succeeded(task: number, more: Partial<AttemptSucceeded> = {}): AttemptSucceeded {
    const outputs = this.#graph.tasks[task]!.outputs.map(
      (file) => [this.#graph.files[file]!, digestOf(`made by ${task}`)] as const,
    )
    return { ...this.started(task), ...this.#end, type: 'attempt-succeeded', outputs, discovered: [], ...more }
  }

  failed(task: number, more: Partial<AttemptFailed> = {}): AttemptFailed {
    const failure = { kind: 'user', exitCode: 1, message: 'exit code 1' } as const
    return { ...this.started(task), ...this.#end, type: 'attempt-failed', failure, ...more }
  }

  get #end() {
    const phases = { queueMs: 0, fetchMs: 0, runMs: 1000, storeMs: 0 }
    return { phases, output: new Uint8Array(), outputBytesDropped: 0 }
  }

  async #plan(): Promise<readonly BuildEvent[]> {
    await this.#options.planned
    const planned = { type: 'build-planned', graph: digestOf(''), discovered: [], dyndeps: [], durations: [] } as const
    const upToDate = (this.#options.upToDate ?? []).flatMap((task) => [task, 1])
    return [
      { ...planned, upToDate },
      { type: 'build-started', slots: this.#options.slots ?? 1 },
    ]
  }

  #take(order: TaskOrder, signal: AbortSignal): Promise<void> {
    this.taken.push(order)
    return new Promise((resolve) => {
      this.#underWay.set(order.task, resolve)
      signal.addEventListener('abort', () => {
        this.aborted.push(order.task)
        this.free(order.task)
      })
    })
  }
}
