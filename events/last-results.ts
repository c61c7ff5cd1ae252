import type { BuildEvent } from './build-events.ts'
import type { BuildId } from './build-id.ts'
import type { Digest, FileVersion } from './digest.ts'

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
  readonly #byTask = new Map<string, LastResult>()

  get size(): number {
    return this.#byTask.size
  }

  of(taskId: string): LastResult | undefined {
    return this.#byTask.get(taskId)
  }

  version(number: number): FileVersion {
    return this.#versions[number]!
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
    const builds: BuildId[] = []
    const tasks = [...this.#byTask].map(([id, result]): SnapshotTask => {
      if (builds.at(-1) !== result.build) builds.push(result.build)
      return [
        id,
        result.command,
        builds.length - 1,
        Math.round(result.runMs),
        renumber(result.inputs),
        renumber(result.discovered),
        renumber(result.outputs),
      ]
    })
    return { v: 1, position: this.position, paths, digests, builds, tasks }
  }

  static fromSnapshot(snapshot: LastResultsSnapshot): LastResults {
    const model = new LastResults()
    model.position = snapshot.position
    for (let i = 0; i < snapshot.paths.length; i++) model.#versions.push([snapshot.paths[i]!, snapshot.digests[i]!])
    for (const [id, command, build, runMs, inputs, discovered, outputs] of snapshot.tasks)
      model.#byTask.set(id, { command, build: snapshot.builds[build]!, runMs, inputs, discovered, outputs })
    return model
  }
}

function keyOf([path, digest]: FileVersion): string {
  return `${path}\0${digest}`
}

export interface LastResult {
  /** Digest of command, response file, environment and working directory. */
  readonly command: Digest
  readonly build: BuildId
  readonly runMs: number
  /** Numbers of file versions: declared inputs, what was read beyond them, outputs. */
  readonly inputs: readonly number[]
  readonly discovered: readonly number[]
  readonly outputs: readonly number[]
}

type SnapshotTask = readonly [
  id: string,
  command: Digest,
  build: number,
  runMs: number,
  inputs: readonly number[],
  discovered: readonly number[],
  outputs: readonly number[],
]

export interface LastResultsSnapshot {
  readonly v: 1
  readonly position: number
  readonly paths: readonly string[]
  readonly digests: readonly (Digest | null)[]
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
  readonly #queued = new Map<number, { command: Digest; inputs: readonly number[] }>()

  /** @param listed file versions that the build's events listed before the first one given to `apply` */
  constructor(
    model: LastResults,
    build: BuildId,
    taskIdsOf: (graph: Digest) => readonly string[],
    listed: readonly FileVersion[] = [],
  ) {
    this.#model = model
    this.#build = build
    this.#taskIdsOf = taskIdsOf
    for (const version of listed) this.#versions.push(model.intern(version))
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
      case 'task-queued':
        this.#queued.set(event.task, event)
        return
      case 'task-succeeded': {
        const queued = this.#queued.get(event.task)
        if (queued === undefined) return
        this.#queued.delete(event.task)
        const own = (numbers: readonly number[]) => numbers.map((number) => this.#versions[number]!)
        this.#model.set(this.#taskIds[event.task]!, {
          command: queued.command,
          build: this.#build,
          runMs: event.phases.runMs,
          inputs: own(queued.inputs),
          discovered: own(event.discovered),
          outputs: own(event.outputs),
        })
        return
      }
      case 'task-attempt-failed':
        this.#model.delete(this.#taskIds[event.task]!)
        return
    }
  }
}
