import { existsSync, lstatSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ActionResult, OutputEntry, OutputFile, OutputSymlink } from '../../events/action-result.ts'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import { lookAtAll, type SourceTree, SourceTreeError } from '../../infra/source-tree/source-tree.ts'
import { withRunPaths } from '../../machines/elf/run-path.ts'
import { movedText } from '../../machines/keys/moved-text.ts'
import { inDirectory } from '../in-directory.ts'
import type { Placed } from '../placed.ts'
import { whenReady } from '../when-ready.ts'

export interface RestorerOptions {
  /** Absolute path that the tree's relative paths are relative to. */
  readonly directory: string
  readonly tree: SourceTree
  readonly blobs: BlobStore
  /** Absolute paths of the tree's roots. */
  readonly roots: readonly string[]
}

/** Puts cached outputs into a work tree. What is there already as it should be stays untouched. */
export class InPlaceRestorer {
  readonly #directory: string
  readonly #tree: SourceTree
  readonly #blobs: BlobStore
  readonly #roots: readonly string[]
  readonly #placing = new Set<Promise<Placed>>()
  /** Those that are being made. */
  readonly #directories = new Map<string, Promise<unknown>>()

  constructor({ directory, tree, blobs, roots }: RestorerOptions) {
    this.#directory = directory
    this.#tree = tree
    this.#blobs = blobs
    this.#roots = roots
  }

  /**
   * Blobs count as lost also when the tree can't be written or has something else in an output's place: the command, which
   * then runs, says so in its own words.
   */
  place({ outputs, origin }: ActionResult, paths: readonly string[]): Placed | Promise<Placed> {
    try {
      const placed = this.#placeFrom(0, { entries: outputs, paths, from: origin.roots })
      return placed instanceof Promise ? this.#underWay(placed.catch(refusedByTree)) : placed
    } catch (error) {
      return refusedByTree(error)
    }
  }

  /** Resolves when nothing is written into the tree any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#placing)
  }

  #underWay(placing: Promise<Placed>): Promise<Placed> {
    this.#placing.add(placing)
    return placing.finally(() => this.#placing.delete(placing))
  }

  #placeFrom(first: number, placing: Placing): Placed | Promise<Placed> {
    const { entries, paths } = placing
    for (let i = first; i < entries.length; i++) {
      const placed = this.#placeOne(entries[i]!, paths[i]!, placing)
      if (placed instanceof Promise)
        return placed.then((result) => (result === 'placed' ? this.#placeFrom(i + 1, placing) : result))
      if (placed !== 'placed') return placed
    }
    const links = paths.filter((_, i) => 'target' in entries[i]!)
    return links.length === 0 ? 'placed' : this.#leadSomewhere(links)
  }

  /** Asked when all are in place: a link may name an output that comes after it. */
  #leadSomewhere(links: readonly string[]): Placed | Promise<Placed> {
    return whenReady(lookAtAll(this.#tree, links), () =>
      links.every((path) => this.#tree.digest(path) !== null) ? 'placed' : 'lost-blobs',
    )
  }

  #placeOne(entry: OutputEntry, path: string, { from }: Placing): Placed | Promise<Placed> {
    const absolute = inDirectory(this.#directory, path)
    return whenReady(this.#makeDirectory(dirname(absolute)), () => {
      if ('target' in entry) return this.#placeLink(entry, absolute)
      const isElsewhere = from.some((root, i) => root !== this.#roots[i])
      return entry.hasRunPath && isElsewhere
        ? this.#placeMoved(entry, { path, absolute, from })
        : this.#placeFile(entry, path, absolute)
    })
  }

  #placeFile(entry: OutputFile, path: string, absolute: string): Placed | Promise<Placed> {
    const { digest } = entry
    const isExecutable = entry.isExecutable ?? false
    return whenReady(this.#tree.ensureLooked(path), () => {
      // A file is only made where there is none, so what was found absent is not asked for again: while others are made in
      // its directory, that would wait for them.
      if (this.#tree.digest(path) !== null) {
        const there = lstatSync(absolute, { throwIfNoEntry: false })
        if (there?.isDirectory()) return 'lost-blobs'
        if (there?.isFile() && ((there.mode & 0o111) !== 0) === isExecutable) {
          const looked = this.#tree.look(path)
          // Not while it is being read: what is found there now would be taken for what is about to be copied.
          if (looked !== undefined) return looked.then(() => this.#placeFile(entry, path, absolute))
          if (this.#tree.digest(path) === digest) return 'placed'
        }
      }
      return this.#copy(digest, path, absolute, isExecutable)
    })
  }

  #copy(digest: Digest, path: string, absolute: string, isExecutable: boolean): Placed | Promise<Placed> {
    return whenReady(this.#blobs.copyTo(digest, absolute, { isExecutable }), (isCopied) => {
      if (!isCopied) return 'lost-blobs'
      this.#tree.noteWritten(path, digest)
      return 'placed'
    })
  }

  /** A program or library whose run-time search paths name the place where it was made. */
  #placeMoved({ digest, isExecutable }: OutputFile, { path, absolute, from }: MovedPlace): Placed | Promise<Placed> {
    return whenReady(this.#blobs.get(digest), (content) => {
      if (content === null) return 'lost-blobs'
      const moved = withRunPaths(content, (list) => movedText(list, from, this.#roots))
      if (moved === undefined) return 'unmovable'
      rmSync(absolute, { force: true })
      writeFileSync(absolute, moved, { flag: 'wx', mode: isExecutable ? 0o777 : 0o666 })
      this.#tree.noteWritten(path, digestOf(moved))
      return 'placed'
    })
  }

  #placeLink({ target }: OutputSymlink, absolute: string): Placed {
    const there = lstatSync(absolute, { throwIfNoEntry: false })
    if (there?.isDirectory()) return 'lost-blobs'
    if (!there?.isSymbolicLink() || readlinkSync(absolute) !== target) {
      rmSync(absolute, { force: true })
      symlinkSync(target, absolute)
    }
    return 'placed'
  }

  #makeDirectory(directory: string): undefined | Promise<unknown> {
    if (existsSync(directory)) return undefined
    let made = this.#directories.get(directory)
    if (made === undefined) {
      made = mkdir(directory, { recursive: true }).finally(() => this.#directories.delete(directory))
      this.#directories.set(directory, made)
    }
    return made
  }
}

interface Placing {
  readonly entries: readonly OutputEntry[]
  readonly paths: readonly string[]
  /** Absolute paths of the roots where the result was made. */
  readonly from: readonly string[]
}

interface MovedPlace extends Pick<Placing, 'from'> {
  readonly path: string
  readonly absolute: string
}

/** An error of the file system; any other is thrown. */
function refusedByTree(error: unknown): Placed {
  if (error instanceof SourceTreeError || typeof (error as NodeJS.ErrnoException).code === 'string') return 'lost-blobs'
  throw error
}
