import type { Digest } from '../../events/digest.ts'

/** The files of a work tree, by what they hold. Paths are relative to the tree's directory or absolute. */
export interface SourceTree {
  /**
   * Digest of each path as it is now, `null` where there is nothing. A file whose size, times and inode are those of the
   * last look is not read again. A directory's digest covers the names in it. At once where little is to be read.
   */
  digests(paths: readonly string[]): readonly (Digest | null)[] | Promise<readonly (Digest | null)[]>
  /** Time of last modification in ms since 1970, `null` where there is nothing. */
  modifiedAt(path: string): number | null
  /** Time of the last change of content or of its times, in ms since 1970, as of the last look at the path. */
  changedAt(path: string): number | null
  /** What is known of the files, for a later `restore`; `null` when nothing was learnt since the last one. */
  snapshot(): Uint8Array | null
  /** Takes over what was known at a snapshot. Damaged or foreign content is ignored. */
  restore(snapshot: Uint8Array): void
}

/** A file is there and can't be read. One line that names it. */
export class SourceTreeError extends Error {
  override readonly name = 'SourceTreeError'
}
