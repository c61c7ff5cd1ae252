import type { Digest } from '../../events/digest.ts'
import type { LastResults } from '../../events/last-results.ts'
import type { RunReason } from '../../events/task-events.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import { type DigestNow, runReason, type TaskNow } from '../../machines/keys/run-reason.ts'
import { TaskDeclarations } from '../../machines/keys/task-now.ts'

/** What a look at one task told: `reason` is `null` when its last result still stands. */
export interface LookUp {
  readonly task: TaskNow
  readonly reason: RunReason | null
  readonly digestNow: DigestNow
}

/** Holds tasks against their last results and the files as they are. */
export class TaskLookUp {
  readonly #tasks: TaskGraph
  readonly #results: LastResults
  readonly #tree: SourceTree
  readonly declarations: TaskDeclarations

  constructor(tasks: TaskGraph, results: LastResults, tree: SourceTree) {
    this.#tasks = tasks
    this.#results = results
    this.#tree = tree
    this.declarations = new TaskDeclarations(tasks)
  }

  /** Looks at one task now: at once where little is to be read. */
  lookUp(task: TaskNumber): LookUp | Promise<LookUp> {
    const paths = this.paths(task)
    const digests = this.#tree.digests(paths)
    const judged = (found: readonly (Digest | null)[]): LookUp => {
      const byPath = new Map(paths.map((path, i) => [path, found[i] ?? null]))
      return this.judge(task, (path) => byPath.get(path) ?? null)
    }
    return 'then' in digests ? digests.then(judged) : judged(digests)
  }

  /** Paths whose digests `judge` asks for. */
  paths(task: TaskNumber): readonly string[] {
    const declared = this.declarations.pathsToLookAt(task)
    const last = this.#results.of(this.#tasks.graph.tasks[task]!.id)
    if (last === undefined || last.discovered.length === 0) return declared
    return [...declared, ...last.discovered.map((number) => this.#results.version(number)[0])]
  }

  judge(task: TaskNumber, digestNow: DigestNow): LookUp {
    const declaration = this.#tasks.graph.tasks[task]!
    const now = this.declarations.now(task, digestNow)
    const last = this.#results.of(declaration.id)
    const reason = runReason(now, last, this.#results, digestNow)
    if (reason === null || !declaration.generator) return { task: now, reason, digestNow }
    return { task: now, reason: this.#generatorReason(now, reason), digestNow }
  }

  /** A generator may have been run by hand: its outputs also stand when they are newer than every input. */
  #generatorReason(now: TaskNow, reason: RunReason): RunReason | null {
    if (reason.kind === 'output-missing' || reason.kind === 'always') return reason
    const modified = (paths: readonly string[]) =>
      paths.map((path) => this.#tree.modifiedAt(path) ?? Number.POSITIVE_INFINITY)
    const oldestOutput = Math.min(...modified(now.outputs))
    const newest = now.inputs.find((path) => (this.#tree.modifiedAt(path) ?? Number.POSITIVE_INFINITY) > oldestOutput)
    if (newest === undefined) return null
    return reason.kind === 'no-record' ? { kind: 'output-older', path: now.outputs[0] ?? '' } : reason
  }
}
