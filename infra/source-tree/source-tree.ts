import type { Digest } from '../../events/digest.ts'

/** The files of a work tree, by what they hold. Paths are relative to the tree's directory or absolute. */
export interface SourceTree {
  /**
   * Looks at what a path holds now. A file whose size, times and inode are those of an earlier look is not read again.
   * A directory's digest covers the names in it. At once, unless a large file has to be read. Throws or rejects with
   * {@link SourceTreeError} when a file is there and can't be read.
   */
  look(path: string): void | Promise<void>
  /** Looks at a path unless that was done since the last `expectChanges`: thousands of tasks read the same headers. */
  ensureLooked(path: string): void | Promise<void>
  /** Any file may be another one from now on: a command has run. */
  expectChanges(): void
  /** What the last look found, `null` for nothing there. Throws for a path that was not looked at. */
  digest(path: string): Digest | null
  /** Whether something is there: by the last look, or without one as it is now. */
  has(path: string): boolean
  /** Whether the last look found a directory. */
  isDirectory(path: string): boolean
  /** Names in a directory, as they are now; none for anything else. */
  names(path: string): readonly string[]
  /**
   * Takes note that this process has just written a file with this content, which saves the `look` that would read it. A
   * later look notices any change since.
   */
  noteWritten(path: string, digest: Digest): void
  /** When content or times last changed, in ms since 1970, as of the last look; `null` for nothing there. */
  changedAt(path: string): number | null
  /** Time of last modification in ms since 1970, as it is now; `null` for nothing there. */
  modifiedAt(path: string): number | null
  /**
   * What every path looked at so far was like, for `isAsIn`. `null` when a change since then might not show, or when a
   * path changed between two looks: what was worked out from the first one does not belong to what it is like now.
   */
  footprint(): Uint8Array | null
  /** Whether every path of a footprint is as it was then. False for content that is cut short or of another form. */
  isAsIn(footprint: Uint8Array): boolean
  /** What is known of the files, for a later `restore`; `null` when nothing was learnt since the last one. */
  snapshot(): Uint8Array | null
  /** What is known of these files, for a `restore` in other trees too: absolute paths. */
  snapshotOf(paths: ReadonlySet<string>): Uint8Array
  /** Takes over what was known at a snapshot, beside what is known by now. Damaged or foreign content is ignored. */
  restore(snapshot: Uint8Array): void
}

/** A file is there and can't be read. One line that names it. */
export class SourceTreeError extends Error {
  override readonly name = 'SourceTreeError'
}

/** Looks at a path that may be none of the build's: false for one that is there and can't be read. */
export function lookIfReadable(tree: SourceTree, path: string): boolean | Promise<boolean> {
  try {
    const looked = tree.look(path)
    return looked instanceof Promise ? looked.then(() => true, isUnreadable) : true
  } catch (error) {
    return isUnreadable(error)
  }
}

/** The same for several, in their order; at once unless large files have to be read. */
export function lookIfAllReadable(
  tree: SourceTree,
  paths: readonly string[],
): readonly boolean[] | Promise<readonly boolean[]> {
  const looked = paths.map((path) => lookIfReadable(tree, path))
  const isAtOnce = (one: boolean | Promise<boolean>): one is boolean => typeof one === 'boolean'
  return looked.every(isAtOnce) ? looked : Promise.all(looked)
}

function isUnreadable(error: unknown): false {
  if (error instanceof SourceTreeError) return false
  throw error
}

/** Looks at all the paths; at once unless large files have to be read. */
export function lookAtAll(tree: SourceTree, paths: Iterable<string>): void | Promise<void> {
  return allOf(paths, (path) => tree.look(path))
}

/** Looks at those of the paths that were not looked at since the last `expectChanges`. */
export function ensureAllLooked(tree: SourceTree, paths: Iterable<string>): void | Promise<void> {
  return allOf(paths, (path) => tree.ensureLooked(path))
}

function allOf(paths: Iterable<string>, look: (path: string) => void | Promise<void>): void | Promise<void> {
  let later: Promise<void>[] | undefined
  try {
    for (const path of paths) {
      const looked = look(path)
      if (looked === undefined) continue
      later ??= []
      later.push(looked)
    }
  } catch (error) {
    // What was begun comes to its end unheard: the error of this one is told.
    for (const looked of later ?? []) looked.catch(() => {})
    throw error
  }
  return later === undefined ? undefined : Promise.all(later).then(() => undefined)
}
