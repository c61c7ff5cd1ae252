import type { BuildEvent, BuildPlanned } from '../../../../events/build-events.ts'
import { type Commit, chainStart, commitFormat } from '../../../../events/commit.ts'
import type { Failure } from '../../../../events/failure.ts'
import type { TaskEvent, TaskOutput } from '../../../../events/task-events.ts'
import { type BuildState, newBuildState, phaseOf, taskCounts } from '../../../../machines/build-state.ts'
import type { Effect } from '../../../../machines/effects.ts'
import type { BuildGraph, Task } from '../../../../machines/graph/build-graph.ts'
import { step } from '../../../../machines/step.ts'
import type { BuildEnd, Reporter } from '../../../../services/embedded/reporter.ts'

/** Task n makes file n; `needs` are the tasks whose files it reads. */
export function scriptedTask(n: number, rest: Partial<Task> = {}, needs: readonly number[] = []): Task {
  return {
    id: `f${n}.o`,
    command: { shell: `cc -c f${n}.c` },
    description: `CXX f${n}.o`,
    inputs: needs,
    explicitInputs: needs.length,
    orderOnly: [],
    validations: [],
    outputs: [n],
    explicitOutputs: 1,
    ...rest,
  }
}

export const buildId = '01jz0000000000000000000000'

/** A build whose events a test writes by hand; each commit is folded as the coordinator does and then reported. */
export class ScriptedBuild {
  readonly state: BuildState
  readonly reporter: Reporter
  atMs = 1_000_000
  #version = 0

  constructor(reporter: Reporter, tasks: readonly Task[]) {
    const graph: BuildGraph = { files: tasks.map((_, n) => `f${n}.o`), tasks, pools: {}, defaults: [] }
    this.state = newBuildState(buildId, () => graph)
    this.reporter = reporter
  }

  begin(slots: number, plan: Partial<BuildPlanned> = {}, failuresMax = 1): void {
    this.request(failuresMax)
    this.commit(
      { type: 'build-planned', graph: 'g', upToDate: [], discovered: [], dyndeps: [], durations: [], ...plan },
      { type: 'build-started', slots },
    )
  }

  request(failuresMax = 1): void {
    const request = {
      directory: '/d',
      reader: 'ninja',
      file: 'f',
      targets: [],
      failuresMax,
      policy: 'critical-path',
    } as const
    this.commit({ type: 'build-requested', request, requester: { host: 'h', pid: 1, version: '0' } })
  }

  start(...tasks: number[]): void {
    this.commit(...tasks.map((task) => this.queued(task)))
    this.commit(...tasks.map((task) => this.started(task)))
  }

  finish(task: number, output?: TaskOutput): void {
    this.commit(this.succeeded(task, output))
  }

  fail(
    task: number,
    failure: Failure = { kind: 'user', exitCode: 1, message: 'exit code 1' },
    output?: TaskOutput,
    attempt = 1,
  ): void {
    this.commit({ ...this.#end(task, attempt, output), type: 'task-attempt-failed', failure })
  }

  end(wallMs = 12_340): Promise<void> {
    const phase = phaseOf(this.state)
    const status: BuildEnd['status'] = phase === 'succeeded' || phase === 'cancelled' ? phase : 'failed'
    return this.reporter.end({ buildId, status, counts: taskCounts(this.state), wallMs })
  }

  queued(task: number): BuildEvent {
    return { type: 'task-queued', task, command: 'c', inputs: [], reason: { kind: 'no-record' } }
  }

  /** Taken from the cache; the result was made a minute before. */
  cached(task: number, output?: TaskOutput): BuildEvent {
    return {
      type: 'task-cached',
      task,
      command: 'c',
      inputs: [],
      reason: { kind: 'output-missing', path: `f${task}.o` },
      action: 'a'.repeat(64),
      discovered: [],
      outputs: [],
      origin: { build: 'earlier', worker: 'w', at: this.atMs - 60_000, runMs: 1000 },
      ...(output === undefined ? {} : { output }),
    }
  }

  started(task: number, attempt = 1): TaskEvent {
    return { type: 'task-started', task, attempt, worker: 'w', at: this.atMs }
  }

  succeeded(task: number, output?: TaskOutput, attempt = 1): TaskEvent {
    return { ...this.#end(task, attempt, output), type: 'task-succeeded', discovered: [], outputs: [] }
  }

  commit(...given: BuildEvent[]): void {
    const events: BuildEvent[] = []
    const follow = (effects: readonly Effect[]): void => {
      for (const effect of effects) if (effect.type === 'record') fold(effect.event)
    }
    const fold = (event: BuildEvent) => {
      events.push(event)
      follow(step(this.state, event))
    }
    for (const event of given) fold(event)
    this.reporter.commit(this.#commitOf(events), this.state)
  }

  #commitOf(events: readonly BuildEvent[]): Commit {
    return { v: commitFormat, buildId, version: ++this.#version, epoch: 1, prev: chainStart, at: this.atMs, events }
  }

  #end(task: number, attempt: number, output: TaskOutput | undefined) {
    const phases = { queueMs: 0, fetchMs: 0, runMs: 1000, storeMs: 0 }
    return { task, attempt, worker: 'w', at: this.atMs, phases, ...(output === undefined ? {} : { output }) }
  }
}
