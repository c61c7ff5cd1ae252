import type { LastResult, LastResults } from '../../events/last-results.ts'
import type { RunReason } from '../../events/run-reason.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { ensureAllLooked } from '../../infra/source-tree/source-tree.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import { type DigestNow, runReason, type TaskNow } from '../../machines/keys/run-reason.ts'
import { TaskDeclarations } from '../../machines/keys/task-now.ts'
import { HeaderShadows } from './header-shadows.ts'
import { type SurroundingsContext, TaskSurroundings } from './task-surroundings.ts'

/** What a look at one task told: `reason` is `null` when its last result still stands. */
export interface LookUp {
  readonly task: TaskNow
  readonly reason: RunReason | null
}

/** Holds tasks against their last results and the files as they are. */
export class TaskLookUp {
  readonly #tasks: TaskGraph
  readonly #results: LastResults
  readonly #tree: SourceTree
  readonly declarations: TaskDeclarations
  readonly surroundings: TaskSurroundings
  readonly shadows: HeaderShadows
  readonly digestNow: DigestNow

  constructor(tasks: TaskGraph, results: LastResults, context: SurroundingsContext) {
    this.#tasks = tasks
    this.#results = results
    this.#tree = context.tree
    this.surroundings = new TaskSurroundings(tasks, context)
    this.shadows = new HeaderShadows(tasks, context.tree, (task) => this.surroundings.headerDirectories(task))
    this.declarations = new TaskDeclarations(tasks, (task) => this.surroundings.of(task))
    this.digestNow = (path) => context.tree.digest(path)
  }

  /** Looks at the programs that the tasks' commands start; at once when nothing is new about them. */
  prepare(tasks: Iterable<TaskNumber>): void | Promise<void> {
    let later: Promise<void>[] | undefined
    for (const task of tasks) {
      const prepared = this.surroundings.prepare(task)
      if (prepared === undefined) continue
      later ??= []
      later.push(prepared)
    }
    return later === undefined ? undefined : Promise.all(later).then(() => undefined)
  }

  /** Whether there is anything to hold the task against: its last result, or for a generator the times of its files. */
  hasLast(task: TaskNumber): boolean {
    return this.#lastOf(task) !== undefined || this.#tasks.graph.tasks[task]!.generator === true
  }

  /** Looks at one task's files now and judges it: at once where little is to be read. */
  lookUp(task: TaskNumber): LookUp | Promise<LookUp> {
    const paths: string[] = []
    this.eachPath(task, (path) => paths.push(path))
    const looked = ensureAllLooked(this.#tree, paths)
    const prepared = this.prepare([task])
    if (looked === undefined && prepared === undefined) return this.judge(task)
    return Promise.all([looked, prepared]).then(() => this.judge(task))
  }

  /** Calls `visit` with each path that `judge` asks for; of a task without a last result that is just its inputs. */
  eachPath(task: TaskNumber, visit: (path: string) => void): void {
    const last = this.#lastOf(task)
    this.declarations.eachInput(task, visit)
    const { generator } = this.#tasks.graph.tasks[task]!
    if (last !== undefined || generator) for (const path of this.#tasks.outputs(task)) visit(path)
    if (last === undefined) return
    for (const number of last.discovered) visit(this.#results.version(number)[0])
  }

  /** Judges a task by the last look at its files. */
  judge(task: TaskNumber): LookUp {
    const now = this.declarations.now(task, this.digestNow)
    const last = this.#lastOf(task)
    const read = last?.discovered.map((number) => this.#results.version(number)[0]) ?? []
    const shadowOf = this.shadows.of(task, read)
    const reason = runReason(now, last, this.#results, this.digestNow, shadowOf)
    if (reason === null || !this.#tasks.graph.tasks[task]!.generator) return { task: now, reason }
    return { task: now, reason: this.#generatorReason(now, reason) }
  }

  #lastOf(task: TaskNumber): LastResult | undefined {
    return this.#results.of(this.#tasks.graph.tasks[task]!.id)
  }

  /** A generator may have been run by hand: its outputs also stand when they are newer than every input. */
  #generatorReason(now: TaskNow, reason: RunReason): RunReason | null {
    if (now.alwaysBecause !== undefined) return reason
    const modified = (path: string) => this.#tree.modifiedAt(path)
    const made = now.outputs.map(modified)
    const missing = made.indexOf(null)
    if (missing >= 0) return { kind: 'output-missing', path: now.outputs[missing]! }
    const oldest = Math.min(...made.map((ms) => ms ?? 0))
    const newer = now.inputs.some((path) => (modified(path) ?? Number.POSITIVE_INFINITY) > oldest)
    if (!newer) return null
    return reason.kind === 'no-record' ? { kind: 'output-older', path: now.outputs[0] ?? '' } : reason
  }
}
