import type { BuildEvent } from './build-events.ts'
import type { BuildId } from './build-id.ts'
import type { Digest, FileVersion } from './digest.ts'
import { type Surroundings, surroundingsDigest } from './surroundings.ts'
import type { TaskQueued, TaskSucceeded } from './task-events.ts'

/**
 * What each task of a work tree last made, and from what (ninja keeps the same in its build log and deps log). A read
 * model: the fold of the tree's builds, which can always be made again from the event log.
 */
export class LastResults {
  /** Position in the event log up to which builds are folded in. */
  position = 0
  readonly #versions: FileVersion[] = []
  /** By path and digest; made when the first version is added, since most restored models are only read. */
  #numberOf: Map<string, number> | undefined
  readonly #surroundings: { readonly digest: Digest; readonly content: Surroundings }[] = []
  readonly #byTask = new Map<string, LastResult>()

  get size(): number {
    return this.#byTask.size
  }

  /** Ids of the tasks that have one, those that the graph has lost since included. */
  taskIds(): Iterable<string> {
    return this.#byTask.keys()
  }

  of(taskId: string): LastResult | undefined {
    return this.#byTask.get(taskId)
  }

  version(number: number): FileVersion {
    return this.#versions[number]!
  }

  surroundings(number: number): { readonly digest: Digest; readonly content: Surroundings } {
    return this.#surroundings[number]!
  }

  set(taskId: string, result: LastResult): void {
    this.#byTask.set(taskId, result)
  }

  delete(taskId: string): void {
    this.#byTask.delete(taskId)
  }

  /** Number of a file version in this model; equal versions share one. */
  intern(version: FileVersion): number {
    this.#numberOf ??= new Map(this.#versions.map((known, number) => [keyOf(known), number]))
    const key = keyOf(version)
    let number = this.#numberOf.get(key)
    if (number === undefined) {
      number = this.#versions.length
      this.#versions.push(version)
      this.#numberOf.set(key, number)
    }
    return number
  }

  /** Number of surroundings in this model; equal ones share one. There are few of them. */
  internSurroundings(content: Surroundings): number {
    const digest = surroundingsDigest(content)
    const known = this.#surroundings.findIndex((one) => one.digest === digest)
    return known >= 0 ? known : this.#surroundings.push({ digest, content }) - 1
  }

  /** Plain form for a snapshot, with just the file versions that a result refers to. */
  toSnapshot(): LastResultsSnapshot {
    const renumbered = new Int32Array(this.#versions.length).fill(-1)
    const paths: string[] = []
    const digests: (Digest | null)[] = []
    const renumber = (numbers: readonly number[]): number[] =>
      numbers.map((number) => {
        if (renumbered[number] === -1) {
          const [path, digest] = this.#versions[number]!
          renumbered[number] = paths.push(path) - 1
          digests.push(digest)
        }
        return renumbered[number]!
      })
    const surroundings: Surroundings[] = []
    const surroundingsNumbers = new Map<number, number>()
    const renumberSurroundings = (number: number): number => {
      let own = surroundingsNumbers.get(number)
      if (own === undefined) {
        own = surroundings.push(this.#surroundings[number]!.content) - 1
        surroundingsNumbers.set(number, own)
      }
      return own
    }
    const builds: BuildId[] = []
    const tasks = [...this.#byTask].map(([id, result]): SnapshotTask => {
      if (builds.at(-1) !== result.build) builds.push(result.build)
      return [
        id,
        result.command,
        renumberSurroundings(result.surroundings),
        builds.length - 1,
        Math.round(result.runMs),
        renumber(result.inputs),
        renumber(result.discovered),
        renumber(result.outputs),
      ]
    })
    return { v: 2, position: this.position, paths, digests, surroundings, builds, tasks }
  }

  static fromSnapshot(snapshot: LastResultsSnapshot): LastResults {
    const model = new LastResults()
    model.position = snapshot.position
    for (let i = 0; i < snapshot.paths.length; i++) model.#versions.push([snapshot.paths[i]!, snapshot.digests[i]!])
    for (const content of snapshot.surroundings)
      model.#surroundings.push({ digest: surroundingsDigest(content), content })
    for (const [id, command, surroundings, build, runMs, inputs, discovered, outputs] of snapshot.tasks)
      model.#byTask.set(id, {
        command,
        surroundings,
        build: snapshot.builds[build]!,
        runMs,
        inputs,
        discovered,
        outputs,
      })
    return model
  }
}

function keyOf([path, digest]: FileVersion): string {
  return `${path}\0${digest}`
}

export interface LastResult {
  /** Digest of command, response file, environment and working directory. */
  readonly command: Digest
  /** Number of what it found around it. */
  readonly surroundings: number
  /** The build that made it or took it from the cache. */
  readonly build: BuildId
  /** How long the command ran when it did. */
  readonly runMs: number
  /** Numbers of file versions: declared inputs, what was read beyond them, outputs. */
  readonly inputs: readonly number[]
  readonly discovered: readonly number[]
  readonly outputs: readonly number[]
}

type SnapshotTask = readonly [
  id: string,
  command: Digest,
  surroundings: number,
  build: number,
  runMs: number,
  inputs: readonly number[],
  discovered: readonly number[],
  outputs: readonly number[],
]

export interface LastResultsSnapshot {
  readonly v: 2
  readonly position: number
  readonly paths: readonly string[]
  readonly digests: readonly (Digest | null)[]
  readonly surroundings: readonly Surroundings[]
  readonly builds: readonly BuildId[]
  readonly tasks: readonly SnapshotTask[]
}

/** Folds one build's events, in order, into the results of its work tree. */
export class LastResultsFold {
  readonly #model: LastResults
  readonly #build: BuildId
  readonly #taskIdsOf: (graph: Digest) => readonly string[]
  #taskIds: readonly string[] = []
  /** The build's file version numbers to the model's. */
  readonly #versions: number[] = []
  /** The build's numbers of surroundings to the model's. */
  readonly #surroundings: number[] = []
  readonly #queued = new Map<number, Pick<TaskQueued, 'command' | 'inputs' | 'surroundings'>>()

  /** @param listed file versions, and `noted` surroundings, of the build's events before the first one given to `apply` */
  constructor(
    model: LastResults,
    build: BuildId,
    taskIdsOf: (graph: Digest) => readonly string[],
    listed: readonly FileVersion[] = [],
    noted: readonly Surroundings[] = [],
  ) {
    this.#model = model
    this.#build = build
    this.#taskIdsOf = taskIdsOf
    for (const version of listed) this.#versions.push(model.intern(version))
    for (const content of noted) this.#surroundings.push(model.internSurroundings(content))
  }

  apply(event: BuildEvent): void {
    switch (event.type) {
      case 'build-planned':
        this.#taskIds = this.#taskIdsOf(event.graph)
        this.#queued.clear()
        return
      case 'files-digested':
        for (const version of event.files) this.#versions.push(this.#model.intern(version))
        return
      case 'surroundings-noted':
        for (const content of event.surroundings) this.#surroundings.push(this.#model.internSurroundings(content))
        return
      case 'task-queued':
        this.#queued.set(event.task, event)
        return
      case 'task-cached':
        this.#keep(event, event, event.origin.runMs)
        return
      case 'task-succeeded': {
        const queued = this.#queued.get(event.task)
        if (queued === undefined) return
        this.#queued.delete(event.task)
        this.#keep(queued, event, event.phases.runMs)
        return
      }
      case 'task-attempt-failed':
        this.#model.delete(this.#taskIds[event.task]!)
        return
    }
  }
  #keep(
    { command, inputs, surroundings }: Pick<TaskQueued, 'command' | 'inputs' | 'surroundings'>,
    { task, discovered, outputs }: Pick<TaskSucceeded, 'task' | 'discovered' | 'outputs'>,
    runMs: number,
  ): void {
    // Format 1 did not say what the command found around it: such a result stands for nothing.
    if (surroundings === undefined) {
      this.#model.delete(this.#taskIds[task]!)
      return
    }
    const own = (numbers: readonly number[]) => numbers.map((number) => this.#versions[number]!)
    this.#model.set(this.#taskIds[task]!, {
      command,
      surroundings: this.#surroundings[surroundings]!,
      build: this.#build,
      runMs,
      inputs: own(inputs),
      discovered: own(discovered),
      outputs: own(outputs),
    })
  }
}
