import type { ActionResult } from '../../events/action-result.ts'
import type { CacheMiss, Uncacheable } from '../../events/cache-miss.ts'
import type { Digest, FileVersion } from '../../events/digest.ts'
import type { CachedAction, ReadSet } from '../../infra/action-cache/action-cache.ts'
import { ensureAllLooked, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import { compilerCommand } from '../../machines/commands/compiler-command.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import type { ShadowOf, TaskNow } from '../../machines/keys/run-reason.ts'
import { actionKey, taskKey } from '../../machines/keys/task-key.ts'
import { whenReady } from '../when-ready.ts'
import type { ResultCache } from './result-cache.ts'
import { UndeclaredInputs } from './undeclared-inputs.ts'

/** What the cache had for a task. */
export type CacheAnswer = ({ readonly isHit: true } & CacheHit) | { readonly isHit: false; readonly miss: CacheMiss }

export interface CacheHit {
  readonly action: string
  readonly result: ActionResult
  /** Declared inputs, as they were when the key was made of them. */
  readonly inputs: readonly FileVersion[]
  /** What the command read beyond its declared inputs. */
  readonly discovered: readonly FileVersion[]
  /** What the command printed. */
  readonly printed: Uint8Array | undefined
}

/** What is to become a cached result, once the log holds it. */
export interface NewResult {
  readonly task: TaskNumber
  readonly result: ActionResult
  readonly discovered: readonly (readonly [path: string, digest: Digest])[]
  readonly isBound: boolean
}

/** Finds the results of one plan's tasks in the cache, and gives it theirs. */
export class CachedResults {
  readonly #tasks: TaskGraph
  readonly #cache: ResultCache
  readonly #tree: SourceTree
  readonly #shadowsOf: ShadowsOf
  readonly #undeclared: UndeclaredInputs
  /** Tasks that were looked up in vain. */
  readonly #wanted = new Map<TaskNumber, Asked>()
  readonly #offered = new Map<string, CachedAction>()

  constructor(tasks: TaskGraph, cache: ResultCache, tree: SourceTree, shadowsOf: ShadowsOf) {
    this.#tasks = tasks
    this.#cache = cache
    this.#tree = tree
    this.#undeclared = new UndeclaredInputs(tasks, tree, cache.roots)
    this.#shadowsOf = shadowsOf
  }

  /** Looks for a result, and has its outputs put in place. The task's declared inputs must have been looked at. */
  find(task: TaskNumber, now: TaskNow): CacheAnswer | Promise<CacheAnswer> {
    const because = uncacheable(this.#tasks, task, now)
    if (because !== undefined) return { isHit: false, miss: { kind: 'uncacheable', because } }
    return whenReady(this.#undeclared.of(task, now), (undeclared) =>
      undeclared === null
        ? { isHit: false, miss: { kind: 'uncacheable', because: 'undeclared-inputs' } }
        : this.#findWith(task, now, undeclared),
    )
  }

  #findWith(task: TaskNumber, now: TaskNow, undeclared: readonly FileVersion[]): CacheAnswer | Promise<CacheAnswer> {
    const asked = this.#asked(task, now, undeclared)
    return whenReady(this.#cache.actions.readSets(asked.key), (sets) => {
      if (sets.length === 0) return this.#missed(asked, 'unknown-task')
      return this.#among(sets, 0, asked)
    })
  }

  #asked(task: TaskNumber, now: TaskNow, undeclared: readonly FileVersion[]): Asked {
    const declared = now.inputs.map((path): FileVersion => [path, this.#tree.digest(path)])
    const inputs = [...declared, ...undeclared]
    const { surroundings, outputs } = now
    const declaration = this.#tasks.graph.tasks[task]!
    const key = taskKey({ task: declaration, outputs, inputs, surroundings: surroundings.content }, this.#cache.roots)
    return { task, key, inputs, declaredCount: declared.length, outputs }
  }

  /** Takes the task for one that was looked up in vain, without looking it up. */
  async want(task: TaskNumber, now: TaskNow): Promise<void> {
    if (uncacheable(this.#tasks, task, now) !== undefined) return
    const undeclared = await this.#undeclared.of(task, now)
    if (undeclared !== null) this.#wanted.set(task, this.#asked(task, now, undeclared))
  }

  /** What is in the key of a task that was looked up in vain, and whose outputs a worker is to store; else `undefined`. */
  wantedFrom(task: TaskNumber): readonly FileVersion[] | undefined {
    return this.#wanted.get(task)?.inputs
  }

  /** Returns the action key under which `keep` will store the result. */
  offer({ task, result, discovered, isBound }: NewResult): string | undefined {
    const key = this.#wanted.get(task)?.key
    if (key === undefined) return undefined
    this.#wanted.delete(task)
    const { roots } = this.#cache
    const versions = discovered.map(([path, digest]) => ({ key: roots.toSpelling(path), digest }))
    const readSet: ReadSet = { paths: versions.map((version) => version.key), isBound }
    const action = actionKey(key, versions, isBound ? roots.paths : undefined)
    this.#offered.set(action, { actionKey: action, taskKey: key, readSet, result })
    return action
  }

  /** Stores a result that was offered and that the log holds by now. */
  keep(action: string): void | Promise<void> {
    const offered = this.#offered.get(action)
    if (offered === undefined) return
    this.#offered.delete(action)
    return this.#cache.actions.put(offered)
  }

  #missed(asked: Asked, kind: 'unknown-task' | 'unknown-files' | 'lost-blobs' | 'unmovable'): CacheAnswer {
    this.#wanted.set(asked.task, asked)
    return { isHit: false, miss: { kind, key: asked.key } }
  }

  #among(sets: readonly ReadSet[], from: number, asked: Asked): CacheAnswer | Promise<CacheAnswer> {
    for (let i = from; i < sets.length; i++) {
      const set = sets[i]!
      const paths = set.paths.map((path) => this.#cache.roots.fromSpelling(path))
      const looked = ensureAllLooked(this.#tree, paths)
      const answer =
        looked === undefined ? this.#withSet(set, paths, asked) : looked.then(() => this.#withSet(set, paths, asked))
      if (answer === undefined) continue
      return whenReady(answer, (found) => found ?? this.#among(sets, i + 1, asked))
    }
    return this.#missed(asked, 'unknown-files')
  }

  /** `undefined` when there is no result for what the files of the set hold now. */
  #withSet(set: ReadSet, paths: readonly string[], asked: Asked): Answer | Promise<Answer> {
    const versions: { key: string; digest: Digest }[] = []
    const discovered: FileVersion[] = []
    for (let i = 0; i < paths.length; i++) {
      const digest = this.#tree.digest(paths[i]!)
      if (digest === null) return undefined
      versions.push({ key: set.paths[i]!, digest })
      discovered.push([paths[i]!, digest])
    }
    if (this.#isShadowed(asked.task, paths)) return undefined
    const action = actionKey(asked.key, versions, set.isBound ? this.#cache.roots.paths : undefined)
    return whenReady(this.#cache.actions.result(action), (result) => {
      if (result === null || result.outputs.length !== asked.outputs.length) return undefined
      const inputs = asked.inputs.slice(0, asked.declaredCount)
      return this.#placed({ action, result, inputs, discovered }, asked)
    })
  }

  /** A result counts only when all of it is there. */
  #placed(hit: Omit<CacheHit, 'printed'>, asked: Asked): CacheAnswer | Promise<CacheAnswer> {
    const { printed } = hit.result
    return whenReady(printed === undefined ? undefined : this.#cache.blobs.get(printed), (text) => {
      if (text === null) return this.#missed(asked, 'lost-blobs')
      return whenReady(this.#cache.place(hit.result, asked.outputs), (placed) =>
        placed === 'placed' ? { isHit: true as const, ...hit, printed: text } : this.#missed(asked, placed),
      )
    })
  }

  #isShadowed(task: TaskNumber, paths: readonly string[]): boolean {
    const shadowOf = this.#shadowsOf(task, paths)
    if (shadowOf === undefined) return false
    return paths.some((path) => shadowOf(path)?.some((candidate) => !paths.includes(candidate)))
  }
}

/** What is there before the headers that a run of the task has read. */
export type ShadowsOf = (task: TaskNumber, read: readonly string[]) => ShadowOf | undefined

type Answer = CacheAnswer | undefined

interface Asked {
  readonly task: TaskNumber
  readonly key: string
  /** What the key holds of files: declared inputs, and what it may read undeclared. */
  readonly inputs: readonly FileVersion[]
  /** How many of `inputs` are declared; they come first. */
  readonly declaredCount: number
  readonly outputs: readonly string[]
}

function uncacheable(tasks: TaskGraph, task: TaskNumber, now: TaskNow): Uncacheable | undefined {
  const { command, cwd, pool, generator, cacheable, rspfile } = tasks.graph.tasks[task]!
  if (generator) return 'generator'
  if (pool === 'console') return 'console'
  if (cacheable === false) return 'declared'
  if (now.alwaysBecause !== undefined) return 'always'
  if (now.outputs.length === 0) return 'no-outputs'
  const compiler = compilerCommand(command!, cwd, rspfile?.content)
  if (compiler?.writesUndeclared !== undefined) return 'undeclared-outputs'
  return compiler?.readsUndeclared === undefined ? undefined : 'undeclared-inputs'
}
