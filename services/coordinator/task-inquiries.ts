import type { BuildEvent } from '../../events/build-events.ts'
import type { CacheMiss } from '../../events/cache-miss.ts'
import type { FileVersion } from '../../events/digest.ts'
import type { AttemptEnd, TaskOutput, TaskSucceeded } from '../../events/task-events.ts'
import type { KeepOrder } from '../../events/task-order.ts'
import type { AttemptSucceeded } from '../../events/task-report.ts'
import { lookIfReadable } from '../../infra/source-tree/source-tree.ts'
import type { BuildState, PlanState } from '../../machines/build-state.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import { movedOutput } from '../../machines/keys/moved-text.ts'
import type { ShadowOf } from '../../machines/keys/run-reason.ts'
import { whenReady } from '../when-ready.ts'
import type { Answer, InquiryContext } from './build-inquiries.ts'
import { type CacheAnswer, CachedResults, type CacheHit } from './cached-results.ts'
import { FileVersionTable } from './file-version-table.ts'
import { type LookUp, TaskLookUp } from './look-up.ts'
import { keepOrder, newResult } from './new-result.ts'
import { outputForms } from './output-forms.ts'
import { outputOf } from './report-events.ts'
import { SurroundingsTable } from './surroundings-table.ts'

/** Answers for the tasks of one plan: whether they must be made, what the cache has, and what a finished one has made. */
export class TaskInquiries {
  readonly plan: PlanState
  readonly #context: InquiryContext
  readonly #buildId: string
  readonly #versions: FileVersionTable
  readonly #surroundings: SurroundingsTable
  readonly #lookUp: TaskLookUp
  readonly #cached: CachedResults | undefined

  constructor(context: InquiryContext, state: BuildState, plan: PlanState) {
    this.plan = plan
    this.#context = context
    this.#buildId = state.buildId
    this.#versions = new FileVersionTable(state.fileVersions)
    this.#surroundings = new SurroundingsTable(state.surroundings)
    const { results, tree, surroundings, cache } = context
    this.#lookUp = new TaskLookUp(plan.tasks, results, { ...surroundings, tree })
    const shadowsOf = (task: TaskNumber, read: readonly string[]) => this.#lookUp.shadows.of(task, read)
    this.#cached = cache === undefined ? undefined : new CachedResults(plan.tasks, cache, tree, shadowsOf)
  }

  forgetDeclarations(): void {
    this.#lookUp.declarations.forget()
  }

  lookUp(task: TaskNumber): Answer {
    const found = this.#lookUp.lookUp(task)
    const answered = whenReady(found, (looked) =>
      looked.reason === null ? () => upToDate(task) : this.#withCache(task, looked),
    )
    return answered instanceof Promise ? answered : answered()
  }

  /** Finds the keys of tasks that were looked up by an earlier owner of the build and have not ended. */
  async recall(): Promise<void> {
    if (this.#cached === undefined) return
    for (const [task, actor] of this.plan.actors) {
      if (actor.getSnapshot().value === 'looking-up') continue
      await this.#cached.want(task, (await this.#lookUp.lookUp(task)).task)
    }
  }

  keepOrder(task: TaskNumber): KeepOrder | undefined {
    const inputs = this.#cached?.wantedFrom(task)
    if (inputs === undefined) return undefined
    return keepOrder(task, inputs, { tasks: this.plan.tasks, roots: this.#context.cache!.roots })
  }

  keep(action: string): void | Promise<void> {
    return this.#cached?.keep(action)
  }

  succeeded(end: AttemptEnd, report: AttemptSucceeded): BuildEvent[] {
    this.#lookUp.shadows.expectChanges()
    const declared = this.#declared(end.task, report.outputs)
    const read = report.discovered.filter(([path]) => !declared.has(path))
    const discovered = [...read, ...this.#passedOver(end.task, read)]
    const succeeded: TaskSucceeded = {
      ...end,
      type: 'task-succeeded',
      discovered: this.#numbers(discovered),
      outputs: this.#numbers(report.outputs),
      ...(report.stored === undefined
        ? {}
        : outputForms(
            report.stored,
            report.outputs.map(([path]) => path),
          )),
      ...this.#keeping(end, report, discovered),
    }
    return [...this.#versions.takeUnlisted(), succeeded]
  }

  /** Files that a compiler would find before headers that it read, and did not take: their coming is no news. */
  #passedOver(task: TaskNumber, read: readonly FileVersion[]): readonly FileVersion[] {
    const paths = read.map(([path]) => path)
    const shadowOf: ShadowOf | undefined = this.#lookUp.shadows.of(task, paths)
    if (shadowOf === undefined) return []
    const known = new Set(paths)
    const passed: FileVersion[] = []
    for (const [path] of read)
      for (const candidate of shadowOf(path) ?? []) {
        if (known.has(candidate)) continue
        known.add(candidate)
        const { tree } = this.#context
        // A large file is still being read: what it holds will be known to the next build.
        passed.push([candidate, lookIfReadable(tree, candidate) === true ? tree.digest(candidate) : null])
      }
    return passed
  }

  #keeping(
    { task, worker, at, phases }: AttemptEnd,
    { kept, outputs }: AttemptSucceeded,
    discovered: readonly FileVersion[],
  ): Pick<TaskSucceeded, 'kept' | 'notKept'> {
    if (kept === undefined) return {}
    if (!('outputs' in kept)) return { notKept: kept }
    const origin = { build: this.#buildId, worker, at, runMs: phases.runMs }
    const { declarations } = this.#lookUp
    const { tree, cache } = this.#context
    const context = { tasks: this.plan.tasks, declarations, tree, roots: cache!.roots }
    const result = newResult({ task, kept, outputs, discovered, origin }, context)
    if ('kind' in result) return { notKept: result }
    const action = this.#cached!.offer(result)
    return action === undefined ? {} : { kept: action }
  }

  #withCache(task: TaskNumber, looked: LookUp): (() => BuildEvent[]) | Promise<() => BuildEvent[]> {
    if (this.#cached === undefined) return () => this.#queued(task, looked, { kind: 'cache-off' })
    return whenReady(this.#cached.find(task, looked.task), (answer) => this.#answered(task, looked, answer))
  }

  #answered(task: TaskNumber, looked: LookUp, answer: CacheAnswer): (() => BuildEvent[]) | Promise<() => BuildEvent[]> {
    if (!answer.isHit) return () => this.#queued(task, looked, answer.miss)
    this.#lookUp.shadows.expectChanges()
    return whenReady(this.#printed(answer), (output) => () => this.#taken(task, looked, answer, output))
  }

  #queued(task: TaskNumber, { task: now, reason }: LookUp, miss: CacheMiss): BuildEvent[] {
    const inputs = now.inputs.map((path): FileVersion => [path, this.#context.tree.digest(path)])
    const looked = this.#lookedUp(task, now, inputs)
    return [...this.#unlisted(), { type: 'task-queued', ...looked, reason: reason!, miss }]
  }

  #taken(task: TaskNumber, { task: now, reason }: LookUp, hit: CacheHit, output: TaskOutput | undefined): BuildEvent[] {
    const { tree } = this.#context
    const { build, worker, at, runMs } = hit.result.origin
    const looked = this.#lookedUp(task, now, hit.inputs)
    const discovered = this.#numbers(hit.discovered)
    const outputs = this.#numbers(now.outputs.map((path) => [path, tree.digest(path)]))
    return [
      ...this.#unlisted(),
      {
        type: 'task-cached',
        ...looked,
        reason: reason!,
        action: hit.action,
        discovered,
        outputs,
        ...(this.#context.recordsForms ? outputForms(hit.result.outputs) : {}),
        origin: { build, worker, at, runMs },
        ...(output === undefined ? {} : { output }),
      },
    ]
  }

  #lookedUp(task: TaskNumber, now: LookUp['task'], inputs: readonly FileVersion[]) {
    const { digest, content } = now.surroundings
    const surroundings = this.#surroundings.number(digest, content)
    return { task, command: now.command, inputs: this.#numbers(inputs), surroundings }
  }

  /** What the cached run printed, with the paths of this place. */
  #printed({ printed, result }: CacheHit): TaskOutput | undefined | Promise<TaskOutput | undefined> {
    if (printed === undefined) return undefined
    return outputOf(movedOutput(printed, result.origin.roots, this.#context.cache!.roots.paths), 0, this.#context.log)
  }

  #declared(task: TaskNumber, outputs: readonly FileVersion[]): ReadonlySet<string> {
    const { tasks } = this.plan
    return new Set([
      ...tasks.graph.tasks[task]!.inputs.map((file) => tasks.graph.files[file]!),
      ...tasks.laterInputs(task),
      ...outputs.map(([path]) => path),
    ])
  }

  #numbers(versions: readonly FileVersion[]): readonly number[] {
    return versions.map(([path, digest]) => this.#versions.number(path, digest))
  }

  #unlisted(): BuildEvent[] {
    return [...this.#versions.takeUnlisted(), ...this.#surroundings.takeUnlisted()]
  }
}

function upToDate(task: TaskNumber): BuildEvent[] {
  return [{ type: 'task-up-to-date', task }]
}
