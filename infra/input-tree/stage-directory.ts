import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Digest, digestBytes } from '../../events/digest.ts'
import { fileTrouble } from '../blob-store/file-trouble.ts'
import { ContentDirectory, type ContentDirectoryOptions } from './content-directory.ts'
import type { MerkleTree } from './input-tree.ts'
import { removeTree } from './remove-tree.ts'
import { type BringOutcome, type Stage, StageError } from './stage.ts'
import { StageArranger, type WantedFile } from './stage-arranger.ts'
import { TreeDirectory } from './tree-directory.ts'

/** Contents asked for at once. */
const fetchesMax = 16

/** How long files are put in place before others get their turn of the event loop. */
const turnMs = 20

/** How often what others do to files, or to the contents, is made good in one call. */
const attemptsMax = 5

const nothing = new TreeDirectory(new Map())

/** The contents of a worker and the stages of its slots; both on one file system. Throws {@link StageError}. */
export class WorkerDisk {
  readonly #contents: ContentDirectory

  constructor(options: ContentDirectoryOptions) {
    this.#contents = translated(() => new ContentDirectory(options))
  }

  /** Bytes of the contents. */
  get bytes(): number {
    return this.#contents.bytes
  }

  /** An empty stage; whatever is in the directory is removed. Throws {@link StageError}. */
  openStage(directory: string): Stage {
    return translated(() => new StageDirectory(directory, this.#contents))
  }
}

class StageDirectory implements Stage {
  readonly directory: string
  readonly #contents: ContentDirectory
  /** What is there, but for what is writable; undefined: not known. */
  #there: TreeDirectory | undefined = nothing
  readonly #writable = new Set<string>()
  /** Of the contents, when the links were known to be good. */
  #damages: number

  constructor(directory: string, contents: ContentDirectory) {
    this.directory = directory
    this.#contents = contents
    this.#damages = contents.damages
    removeTree(directory)
    mkdirSync(directory, { recursive: true, mode: 0o755 })
  }

  noteWritable(directories: Iterable<string>): void {
    for (const directory of directories) this.#writable.add(directory)
  }

  async bring(tree: MerkleTree): Promise<BringOutcome> {
    try {
      let [linked, fetched, fetchedBytes] = [0, 0, 0]
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const outcome = await this.#bring(tree)
        if (outcome.kind === 'lost-input') return outcome
        linked += outcome.linked
        fetched += outcome.fetched
        fetchedBytes += outcome.fetchedBytes
        // Contents were found changed, and this stage may hold links to them elsewhere.
        if (this.#damages !== this.#contents.damages) continue
        return { kind: 'brought', linked, fetched, fetchedBytes, reused: Math.max(0, tree.files - linked) }
      }
    } catch (error) {
      throw translate(error)
    }
    throw new StageError(`stage ${this.directory}: its files change all the time; see that only Millrace writes there`)
  }

  async #bring(tree: MerkleTree): Promise<BringOutcome> {
    const { damages } = this.#contents
    const isSuspect = this.#there === undefined || this.#damages !== damages
    const arranger = new StageArranger(this.directory, this.#contents, isSuspect ? [''] : this.#writable)
    const there = this.#there ?? nothing
    this.#there = undefined
    arranger.arrange(there, tree.root)
    const { fetched, fetchedBytes, lost } = await this.#put(arranger.wanted)
    if (lost.size > 0) return { kind: 'lost-input', lost: [...lost].map(([digest, path]) => ({ path, digest })) }
    this.#contents.trim()
    this.#there = tree.root
    this.#damages = damages
    this.#writable.clear()
    return { kind: 'brought', linked: arranger.wanted.length, fetched, fetchedBytes, reused: 0 }
  }

  /** Links files, after fetching those contents that are not there. */
  async #put(wanted: readonly WantedFile[]): Promise<Fetches> {
    const fetches: Fetches = { fetched: 0, fetchedBytes: 0, lost: new Map() }
    let waiting = await this.#link(wanted)
    for (let attempt = 0; waiting.length > 0 && fetches.lost.size === 0; attempt++) {
      if (attempt === attemptsMax)
        throw new StageError(`stage ${this.directory}: contents go before they are used; raise the worker's byte limit`)
      await this.#fetch(waiting, fetches)
      waiting = await this.#link(waiting)
    }
    return fetches
  }

  /** Returns those whose contents are not there. */
  async #link(wanted: readonly WantedFile[]): Promise<readonly WantedFile[]> {
    const waiting: WantedFile[] = []
    let turnEndsAt = performance.now() + turnMs
    for (const one of wanted) {
      const { digest, isExecutable } = one.file
      if (!this.#contents.link(digest, isExecutable, join(this.directory, one.path))) waiting.push(one)
      if (performance.now() < turnEndsAt) continue
      await setImmediate()
      turnEndsAt = performance.now() + turnMs
    }
    return waiting
  }

  async #fetch(wanted: readonly WantedFile[], fetches: Fetches): Promise<void> {
    const queue = wanted.values()
    const work = async () => {
      for (const { path, file } of queue) {
        if (fetches.lost.has(file.digest)) continue
        const fetched = await this.#contents.ensure(file.digest, file.isExecutable)
        if (fetched === 'lost') fetches.lost.set(file.digest, path)
        if (fetched !== 'fetched') continue
        fetches.fetched++
        fetches.fetchedBytes += digestBytes(file.digest)
      }
    }
    await Promise.all(Array.from({ length: Math.min(fetchesMax, wanted.length) }, work))
  }
}

interface Fetches {
  fetched: number
  fetchedBytes: number
  /** Digests of contents that are nowhere, with one path of each. */
  readonly lost: Map<Digest, string>
}

function translated<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

function translate(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code === 'EXDEV')
    return new StageError(
      'stage: it is on another file system than the contents; put both directories on the same one',
      {
        cause: error,
      },
    )
  const trouble = fileTrouble(error)
  return trouble === null ? error : new StageError(`stage: ${trouble}`, { cause: error })
}
