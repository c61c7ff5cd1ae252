import type { NotKept } from '../../events/cache-miss.ts'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { AttemptFailed, AttemptSucceeded } from '../../events/task-report.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { Clock } from '../../infra/clock/clock.ts'
import { type Executor, ExecutorError, type RunOutcome } from '../../infra/executor/executor.ts'
import { type SourceTree, SourceTreeError } from '../../infra/source-tree/source-tree.ts'
import type { TaskConsumer, TaskQueue } from '../../infra/task-queue/task-queue.ts'
import { collectResult, readableOutput } from './collect-result.ts'
import { keepOutputs } from './keep-outputs.ts'
import { prepareInPlace, removeResponseFile, removeUnfinished } from './prepare-in-place.ts'

export interface WorkerOptions {
  readonly name: string
  readonly slots: number
  readonly queue: TaskQueue
  readonly executor: Executor
  /** The tree that tasks run in. */
  readonly tree: SourceTree
  readonly clock: Clock
  /** Takes the outputs of results that may be cached; absent: none are. */
  readonly blobs?: BlobStore
}

/** Takes orders from the queue and runs them in place, in the work tree itself. */
export function startWorker(options: WorkerOptions): TaskConsumer {
  return options.queue.consume(options.slots, (order, signal) => runAttempt(options, order, signal))
}

async function runAttempt(options: WorkerOptions, order: TaskOrder, signal: AbortSignal): Promise<void> {
  const { queue, clock, executor } = options
  const attempt = { buildId: order.buildId, task: order.task, attempt: order.attempt, worker: options.name }
  const startedAt = clock.now()
  queue.report({ ...attempt, type: 'attempt-started', at: startedAt })
  const phases = { queueMs: startedAt - order.dispatchedAt, fetchMs: 0, runMs: 0, storeMs: 0 }
  const failed = (failure: Failure, outcome?: RunOutcome): AttemptFailed => ({
    ...attempt,
    type: 'attempt-failed',
    at: clock.now(),
    phases,
    failure,
    output: outcome === undefined ? new Uint8Array() : readableOutput(order, outcome),
    outputBytesDropped: outcome?.outputBytesDropped ?? 0,
  })
  const run = async (): Promise<AttemptSucceeded | AttemptFailed> => {
    const unprepared = prepareInPlace(order)
    if (unprepared !== undefined) return failed(unprepared)
    phases.fetchMs = clock.now() - startedAt
    const outcome = await executor.run(runOrder(order, signal))
    options.tree.expectChanges()
    phases.runMs = Math.round(outcome.runMs * 1000) / 1000
    const failure = failureOf(outcome, order)
    if (failure !== undefined) {
      if (outcome.end !== 'exited') removeUnfinished(order, startedAt)
      return failed(failure, outcome)
    }
    removeResponseFile(order)
    const storingSince = clock.now()
    const collected = await collectResult(order, outcome, options.tree, startedAt)
    if (!collected.ok) {
      phases.storeMs = clock.now() - storingSince
      return failed(collected.failure, outcome)
    }
    const { outputs, discovered, output } = collected
    const { outputBytesDropped } = outcome
    const { blobs, tree } = options
    const kept =
      order.keep === undefined || blobs === undefined
        ? undefined
        : await keepOutputs({ ...order, keep: order.keep }, collected, {
            blobs,
            tree,
            startedAt,
            outputBytesDropped,
          }).catch((): NotKept => ({ kind: 'not-stored' }))
    phases.storeMs = clock.now() - storingSince
    return {
      ...attempt,
      type: 'attempt-succeeded',
      at: clock.now(),
      phases,
      outputs,
      discovered,
      output,
      outputBytesDropped,
      ...(kept === undefined ? {} : { kept }),
    }
  }
  queue.report(await run().catch((error) => failed(failureOfError(error))))
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
  if (error instanceof ExecutorError) return { kind: 'infrastructure', message: error.message }
  // An output or a file that it read: a link to itself, say.
  if (error instanceof SourceTreeError) return { kind: 'invalid', message: error.message }
  if (error instanceof Error) return { kind: 'infrastructure', message: `the worker failed: ${error.message}` }
  throw error
}
