import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { AttemptFailed, AttemptSucceeded, TaskReport } from '../../../events/task-report.ts'
import { systemClock } from '../../../infra/clock/clock.ts'
import type { Executor } from '../../../infra/executor/executor.ts'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { diskSourceTree } from '../../../infra/source-tree/disk-source-tree.ts'
import { MemoryTaskQueue } from '../../../infra/task-queue/memory-task-queue.ts'
import { startWorker } from '../../../services/worker/worker.ts'
import { clientWorkplace } from '../../../services/worker/workplace.ts'
import { temporaryDirectory } from '../../infra/event-log/temporary-directory.ts'
import { until } from '../../rig/until.ts'

export type AttemptEnd = AttemptSucceeded | AttemptFailed

/** A worker that runs real commands in a directory of its own; all is gone after the test. */
export class WorkerBench {
  readonly directory: string
  readonly queue = new MemoryTaskQueue()
  readonly reports: TaskReport[] = []
  #tasks = 0

  constructor(t: ExecutionContext, executor?: Executor) {
    this.directory = temporaryDirectory(t)
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
    const running = executor ?? createShellExecutor({ slots: 2, env, killGraceMs: 100 })
    this.queue.onReport('build', (report) => {
      this.reports.push(report)
      this.queue.goOn('build')
    })
    const tree = diskSourceTree(this.directory)
    startWorker({
      name: 'hands',
      slots: 2,
      queue: this.queue,
      executor: running,
      workplace: clientWorkplace(tree),
      clock: systemClock,
    })
    t.teardown(async () => {
      await this.queue.close()
      await running.close()
    })
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  has(path: string): boolean {
    return existsSync(this.path(path))
  }

  path(path: string): string {
    return join(this.directory, path)
  }

  /** Puts a shell line in line. Returns the task's number. */
  order(shell: string, more: Partial<TaskOrder> = {}): number {
    const task = this.#tasks++
    const { directory } = this
    const dispatchedAt = Date.now()
    const command = { shell }
    this.queue.publish({
      buildId: 'build',
      task,
      attempt: 1,
      command,
      directory,
      outputs: [],
      dispatchedAt,
      ...more,
    })
    return task
  }

  /** Resolves when the attempt has ended, with what was reported. */
  async ended(task: number): Promise<AttemptEnd> {
    const endOf = () =>
      this.reports.find((report): report is AttemptEnd => report.type !== 'attempt-started' && report.task === task)
    await until(`task ${task} has ended`, () => endOf() !== undefined)
    return endOf()!
  }

  /** Runs a shell line to its end. */
  run(shell: string, more: Partial<TaskOrder> = {}): Promise<AttemptEnd> {
    return this.ended(this.order(shell, more))
  }

  /** As {@link run}, for a line that has to end well. */
  async succeed(t: ExecutionContext, shell: string, more: Partial<TaskOrder> = {}): Promise<AttemptSucceeded> {
    const end = await this.run(shell, more)
    if (end.type === 'attempt-succeeded') return end
    t.log(end.failure)
    throw new Error(`${shell} failed`)
  }

  /** As {@link run}, for a line that has to fail. */
  async fail(shell: string, more: Partial<TaskOrder> = {}): Promise<AttemptFailed> {
    const end = await this.run(shell, more)
    if (end.type === 'attempt-failed') return end
    throw new Error(`${shell} succeeded`)
  }

  /** Resolves once a file is there that a command under way makes. */
  seen(path: string): Promise<void> {
    return until(`${path} is there`, () => this.has(path))
  }
}

export function textOf({ output }: AttemptEnd): string {
  return Buffer.from(output).toString()
}
