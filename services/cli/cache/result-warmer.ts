import { dirname } from 'node:path'
import type { NotKept } from '../../../events/cache-miss.ts'
import { describeMiss, describeNotKept, describeReason } from '../../../events/describe-event.ts'
import { type Digest, digestBytes, type FileVersion } from '../../../events/digest.ts'
import type { LastResult, LastResults } from '../../../events/last-results.ts'
import type { TaskOutput } from '../../../events/task-events.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { SourceTree } from '../../../infra/source-tree/source-tree.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { CachedResults, type NewResult } from '../../coordinator/cached-results.ts'
import { TaskLookUp } from '../../coordinator/look-up.ts'
import { keepOrder, newResult } from '../../coordinator/new-result.ts'
import type { ResultCache } from '../../coordinator/result-cache.ts'
import type { SurroundingsContext } from '../../coordinator/task-surroundings.ts'
import { keepOutputs } from '../../worker/keep-outputs.ts'
import { inPlace } from '../../worker/locate.ts'
import type { RecordedRun } from './recorded-runs.ts'

/** What came of one task. `kind` of one that could not be added: a reason to count it under; `text` tells more. */
export type Warmed =
  | { readonly outcome: 'added'; readonly bytes: number }
  | { readonly outcome: 'there' }
  | { readonly outcome: 'skipped'; readonly kind: string; readonly text: string }

export interface WarmerContext {
  /** The tree's, absolute. */
  readonly directory: string
  readonly log: EventLog
  readonly tasks: TaskGraph
  readonly results: LastResults
  readonly tree: SourceTree
  readonly surroundings: Omit<SurroundingsContext, 'tree'>
  readonly cache: Omit<ResultCache, 'place'>
  /** The run that a task's last result comes from. */
  readonly runOf: (task: string, last: LastResult) => Promise<RecordedRun | undefined>
  /** ms since 1970. */
  readonly now: () => number
}

/** Gives the cache what past builds made, as far as the work tree still holds it and all that it was made from. */
export class ResultWarmer {
  readonly #context: WarmerContext
  readonly #lookUp: TaskLookUp
  readonly #cached: CachedResults

  constructor(context: WarmerContext) {
    const { tasks, results, surroundings, tree, cache } = context
    this.#context = context
    this.#lookUp = new TaskLookUp(tasks, results, { ...surroundings, tree })
    // What the cache has is not put anywhere; it only has to be whole.
    const place: ResultCache['place'] = async ({ outputs }) => {
      const digests = outputs.flatMap((entry) => ('digest' in entry ? [entry.digest] : []))
      return (await cache.blobs.missing(digests)).length === 0 ? 'placed' : 'lost-blobs'
    }
    this.#cached = new CachedResults(tasks, { ...cache, place }, tree, (task, read) =>
      this.#lookUp.shadows.of(task, read),
    )
  }

  async warm(task: TaskNumber): Promise<Warmed> {
    const { results, tasks, runOf } = this.#context
    const lookedAt = this.#context.now()
    const { task: now, reason } = await this.#lookUp.lookUp(task)
    if (reason !== null) return skipped(reason.kind, describeReason(reason))
    const found = await this.#cached.find(task, now)
    if (found.isHit) return { outcome: 'there' }
    const inputs = this.#cached.wantedFrom(task)
    if (inputs === undefined) return skipped(found.miss.kind, describeMiss(found.miss))
    const { id } = tasks.graph.tasks[task]!
    const last = results.of(id)!
    const run = await runOf(id, last)
    if (run === undefined) return skipped('no-record', 'the log does not tell of its run')
    const changed = await this.#changedInput(inputs, new Set(now.inputs), run)
    if (changed !== undefined && run.action === undefined)
      return skipped('input-changed', `${changed} may have changed`)
    const stored = await this.#store(task, last, run, { inputs, lookedAt })
    if ('kind' in stored) return skipped(stored.kind, describeNotKept(stored))
    const action = this.#cached.offer(stored)!
    // The key then held the same contents, so they are what they were.
    if (changed !== undefined && action !== run.action) return skipped('input-changed', `${changed} may have changed`)
    await this.#cached.keep(action)
    const bytes = stored.result.outputs.reduce(
      (sum, entry) => sum + ('digest' in entry ? digestBytes(entry.digest) : 0),
      0,
    )
    return { outcome: 'added', bytes }
  }

  /**
   * A file that the command may have read otherwise than it is now: a declared one that changed during the run, or one
   * that the task does not declare and the log does not tell of, that changed since.
   */
  async #changedInput(
    inputs: readonly FileVersion[],
    declared: ReadonlySet<string>,
    { startedAt, origin }: RecordedRun,
  ): Promise<string | undefined> {
    for (const [path] of inputs) {
      const isDeclared = declared.has(path)
      if (startedAt === undefined) {
        if (isDeclared) continue
        return path
      }
      const changedAt = Math.floor(await this.#changedAt(path))
      if (changedAt > startedAt && (!isDeclared || changedAt <= origin.at)) return path
    }
    return undefined
  }

  /** When a file was last changed, or for one that is not there the nearest directory above it. */
  async #changedAt(path: string): Promise<number> {
    const { tree } = this.#context
    await tree.look(path)
    const at = tree.changedAt(path)
    const above = dirname(path)
    return at ?? (above === path ? Number.POSITIVE_INFINITY : this.#changedAt(above))
  }

  async #store(
    task: TaskNumber,
    last: LastResult,
    { origin, output }: RecordedRun,
    { inputs, lookedAt }: { readonly inputs: readonly FileVersion[]; readonly lookedAt: number },
  ): Promise<NewResult | NotKept> {
    const { tasks, results, tree, directory } = this.#context
    const { blobs, roots } = this.#context.cache
    const versions = (numbers: readonly number[]) => numbers.map((number) => results.version(number))
    const outputs = versions(last.outputs)
    const discovered = versions(last.discovered)
    const { depfile } = tasks.graph.tasks[task]!
    const keep = keepOrder(task, inputs, { tasks, roots })
    const kept = await keepOutputs(
      { directory, keep, ...(depfile === undefined ? {} : { depfile }) },
      { ok: true, outputs, discovered, output: await this.#printed(output) },
      {
        blobs,
        tree,
        startedAt: lookedAt,
        locate: inPlace({ directory }),
        outputBytesDropped: output?.bytesDropped ?? 0,
      },
    )
    if ('kind' in kept) return kept
    const { declarations } = this.#lookUp
    return newResult({ task, kept, outputs, discovered, origin }, { tasks, declarations, tree, roots })
  }

  async #printed(output: TaskOutput | undefined): Promise<Uint8Array> {
    const attachment: Digest | undefined = output?.attachment
    return attachment === undefined ? Buffer.from(output?.text ?? '') : this.#context.log.attachment(attachment)
  }
}

function skipped(kind: string, text: string): Warmed {
  return { outcome: 'skipped', kind, text }
}
