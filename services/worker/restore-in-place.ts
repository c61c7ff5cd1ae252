import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OutputEntry, OutputFile, OutputSymlink } from '../../events/action-result.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { inDirectory } from '../in-directory.ts'

/**
 * Puts cached outputs into a work tree. What is there already as it should be stays untouched.
 *
 * @param directory absolute path that the tree's relative paths are relative to
 */
export class InPlaceRestorer {
  readonly #directory: string
  readonly #tree: SourceTree
  readonly #blobs: BlobStore
  readonly #madeDirectories = new Set<string>()

  constructor(directory: string, tree: SourceTree, blobs: BlobStore) {
    this.#directory = directory
    this.#tree = tree
    this.#blobs = blobs
  }

  /** False when a blob is not there any more. Rejects with an Error when the tree can't be written. */
  place(entries: readonly OutputEntry[], paths: readonly string[]): boolean | Promise<boolean> {
    for (let i = 0; i < entries.length; i++) {
      const placed = this.#placeOne(entries[i]!, paths[i]!)
      if (placed instanceof Promise) {
        const rest = () => this.place(entries.slice(i + 1), paths.slice(i + 1))
        return placed.then((isPlaced) => isPlaced && rest())
      }
      if (!placed) return false
    }
    return true
  }

  #placeOne(entry: OutputEntry, path: string): boolean | Promise<boolean> {
    const absolute = inDirectory(this.#directory, path)
    this.#makeDirectory(dirname(absolute))
    return 'target' in entry ? this.#placeLink(entry, path, absolute) : this.#placeFile(entry, path, absolute)
  }

  #placeFile(entry: OutputFile, path: string, absolute: string): boolean | Promise<boolean> {
    const { digest } = entry
    const isExecutable = entry.isExecutable ?? false
    const there = lstatSync(absolute, { throwIfNoEntry: false })
    if (there?.isDirectory()) return false
    if (there?.isFile() && ((there.mode & 0o111) !== 0) === isExecutable) {
      const looked = this.#tree.look(path)
      if (looked === undefined && this.#tree.digest(path) === digest) return true
    }
    const copied = this.#blobs.copyTo(digest, absolute, { isExecutable })
    const note = (isCopied: boolean) => {
      if (isCopied) this.#tree.noteWritten(path, digest)
      return isCopied
    }
    return copied instanceof Promise ? copied.then(note) : note(copied)
  }

  #placeLink({ target }: OutputSymlink, path: string, absolute: string): boolean | Promise<boolean> {
    const there = lstatSync(absolute, { throwIfNoEntry: false })
    if (there?.isDirectory()) return false
    if (!there?.isSymbolicLink() || readlinkSync(absolute) !== target) {
      rmSync(absolute, { force: true })
      symlinkSync(target, absolute)
    }
    const looked = this.#tree.look(path)
    return looked instanceof Promise ? looked.then(() => true) : true
  }

  #makeDirectory(directory: string): void {
    if (this.#madeDirectories.has(directory)) return
    mkdirSync(directory, { recursive: true })
    this.#madeDirectories.add(directory)
  }
}
