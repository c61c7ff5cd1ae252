import type { NotKept } from '../../events/cache-miss.ts'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { AttemptFailed, AttemptSucceeded } from '../../events/task-report.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { Clock } from '../../infra/clock/clock.ts'
import { type Executor, ExecutorError, type RunOrder, type RunOutcome } from '../../infra/executor/executor.ts'
import { StageError } from '../../infra/input-tree/stage.ts'
import { SandboxError } from '../../infra/sandbox/sandbox.ts'
import { SourceTreeError } from '../../infra/source-tree/source-tree.ts'
import type { TaskConsumer, TaskQueue } from '../../infra/task-queue/task-queue.ts'
import { type CollectedResult, collectResult, readableOutput } from './collect-result.ts'
import { keepOutputs } from './keep-outputs.ts'
import { prepareFiles, removeResponseFile, removeUnfinished } from './prepare-files.ts'
import type { RunningAttempts } from './running-attempts.ts'
import { type StoredResult, storeApart } from './store-apart.ts'
import type { OpenPlace, Workplace } from './workplace.ts'

export interface WorkerOptions {
  readonly name: string
  readonly slots: number
  readonly queue: TaskQueue
  readonly executor: Executor
  readonly workplace: Workplace
  readonly clock: Clock
  /** Takes the outputs of results that may be cached; absent: none are. */
  readonly blobs?: BlobStore
  /** Called with what commands print, as they do. */
  readonly onOutput?: (order: TaskOrder, piece: Uint8Array) => void
  readonly attempts?: RunningAttempts
}

/** Takes orders from the queue and runs them in the workplace. */
export function startWorker(options: WorkerOptions): TaskConsumer {
  return options.queue.consume(options.slots, (order, signal) => new Attempt(options, order, signal).report())
}

/** One attempt, from its order to its report. */
class Attempt {
  readonly #options: WorkerOptions
  readonly #order: TaskOrder
  readonly #signal: AbortSignal
  readonly #startedAt: number
  readonly #phases: { queueMs: number; fetchMs: number; runMs: number; storeMs: number }

  constructor(options: WorkerOptions, order: TaskOrder, signal: AbortSignal) {
    this.#options = options
    this.#order = order
    this.#signal = signal
    this.#startedAt = options.clock.now()
    this.#phases = { queueMs: this.#startedAt - order.dispatchedAt, fetchMs: 0, runMs: 0, storeMs: 0 }
  }

  async report(): Promise<void> {
    const { queue, attempts } = this.#options
    const end = attempts?.begin(this.#order)
    const started = queue.report({ ...this.#identity, type: 'attempt-started', at: this.#startedAt })
    const ended = await this.#run().catch((error) => this.#failed(failureOfError(error)))
    await Promise.all([started, queue.report(ended)])
    end?.()
  }

  get #identity() {
    const { buildId, task, attempt } = this.#order
    return { buildId, task, attempt, worker: this.#options.name }
  }

  async #run(): Promise<AttemptSucceeded | AttemptFailed> {
    const opening = this.#options.workplace.open(this.#order)
    const place = opening instanceof Promise ? await opening : opening
    if ('kind' in place) return this.#failed(place)
    try {
      return await this.#runIn(place)
    } finally {
      const closed = place.close()
      if (closed !== undefined) await closed
    }
  }

  async #runIn(place: OpenPlace): Promise<AttemptSucceeded | AttemptFailed> {
    const { clock, executor } = this.#options
    const order = this.#order
    const unprepared = prepareFiles(order, place.locate)
    if (unprepared !== undefined) return this.#failed(unprepared)
    this.#phases.fetchMs = clock.now() - this.#startedAt
    const outcome = await executor.run(this.#withOutput(place.command(runOrder(order, this.#signal))))
    await place.ended?.(outcome.end !== 'exited')
    place.tree.expectChanges()
    this.#phases.runMs = Math.round(outcome.runMs * 1000) / 1000
    const failure = failureOf(outcome, order)
    if (failure !== undefined) {
      if (outcome.end !== 'exited') removeUnfinished(order, place.locate, this.#startedAt)
      return this.#failed(failure, outcome)
    }
    removeResponseFile(order, place.locate)
    const storingSince = clock.now()
    const result = await this.#store(outcome, place)
    this.#phases.storeMs = clock.now() - storingSince
    return result.ok ? this.#succeeded(outcome, result) : this.#failed(result.failure, outcome)
  }

  #withOutput(run: RunOrder): RunOrder {
    const { onOutput } = this.#options
    return onOutput === undefined ? run : { ...run, onOutput: (piece) => onOutput(this.#order, piece) }
  }

  async #store(outcome: RunOutcome, place: OpenPlace): Promise<StoredResult | Extract<CollectedResult, { ok: false }>> {
    const { blobs } = this.#options
    const { outputBytesDropped } = outcome
    const order = this.#order
    const { tree, locate, sees } = place
    const context = { tree, locate, startedAt: this.#startedAt, ...(sees === undefined ? {} : { sees }) }
    const collected = await collectResult(order, outcome, context)
    if (!collected.ok || blobs === undefined) return collected
    const keeping = { ...context, blobs, outputBytesDropped }
    if (place.storeTree !== undefined) return { ...collected, tree: await place.storeTree() }
    if (place.isApart) return storeApart(order, collected, keeping)
    if (order.keep === undefined) return collected
    const kept = await keepOutputs({ ...order, keep: order.keep }, collected, keeping).catch(
      (): NotKept => ({ kind: 'not-stored' }),
    )
    return { ...collected, kept }
  }

  #succeeded(
    { outputBytesDropped }: RunOutcome,
    { outputs, discovered, output, stored, tree, kept }: StoredResult,
  ): AttemptSucceeded {
    return {
      ...this.#identity,
      type: 'attempt-succeeded',
      at: this.#options.clock.now(),
      phases: this.#phases,
      outputs,
      discovered,
      output,
      outputBytesDropped,
      ...(stored === undefined ? {} : { stored }),
      ...(tree === undefined ? {} : { tree }),
      ...(kept === undefined ? {} : { kept }),
    }
  }

  #failed(failure: Failure, outcome?: RunOutcome): AttemptFailed {
    return {
      ...this.#identity,
      type: 'attempt-failed',
      at: this.#options.clock.now(),
      phases: this.#phases,
      failure,
      output: outcome === undefined ? new Uint8Array() : readableOutput(this.#order, outcome),
      outputBytesDropped: outcome?.outputBytesDropped ?? 0,
    }
  }
}

function runOrder(order: TaskOrder, signal: AbortSignal) {
  const { command, directory, cwd, env, timeoutMs, console } = order
  return {
    command,
    cwd: cwd === undefined ? directory : cwd.startsWith('/') ? cwd : `${directory}/${cwd}`,
    signal,
    ...(env === undefined ? {} : { env }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(console === undefined ? {} : { console }),
  }
}

function failureOf({ end, exitCode }: RunOutcome, { timeoutMs }: TaskOrder): Failure | undefined {
  switch (end) {
    case 'timed-out':
      return { kind: 'timeout', exitCode, message: `killed after ${(timeoutMs ?? 0) / 1000} s, its time limit` }
    case 'aborted':
      return { kind: 'infrastructure', exitCode, message: 'killed because the build was stopped' }
    case 'signalled':
      return { kind: 'user', exitCode, message: `ended by signal ${exitCode - 128}` }
    case 'exited':
      return exitCode === 0 ? undefined : { kind: 'user', exitCode, message: `exit code ${exitCode}` }
  }
}

function failureOfError(error: unknown): Failure {
  if (error instanceof ExecutorError || error instanceof SandboxError || error instanceof StageError)
    return { kind: 'infrastructure', message: error.message }
  // An output or a file that it read: a link to itself, say.
  if (error instanceof SourceTreeError) return { kind: 'invalid', message: error.message }
  if (error instanceof Error) return { kind: 'infrastructure', message: `the worker failed: ${error.message}` }
  throw error
}
