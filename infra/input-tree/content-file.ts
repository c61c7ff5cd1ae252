import { chmodSync, lstatSync, type Stats, utimesSync } from 'node:fs'
import { type Digest, digestBytes } from '../../events/digest.ts'

/**
 * Modification time of every staged file, in s since 1970: 2010-01-01, late enough for all archive formats. Whoever writes
 * to one moves it on, and so gives himself away, also after a restart of the worker.
 */
const modifiedAtS = 1_262_304_000

const linksMode = { plain: 0o444, executable: 0o555 }

/** Name of a content's file: its hash, and an `x` when it is executable; these are two files, as a mode belongs to an inode. */
export type ContentKey = string

export function contentKey(digest: Digest, isExecutable: boolean): ContentKey {
  return isExecutable ? `${digest.slice(0, 64)}.x` : digest.slice(0, 64)
}

/** Gives a new file the looks of a content's. */
export function seal(path: string, isExecutable: boolean): void {
  chmodSync(path, isExecutable ? linksMode.executable : linksMode.plain)
  utimesSync(path, Date.now() / 1000, modifiedAtS)
}

/** Whether a file looks as when it was sealed. Does not read it. */
export function isSealed(stats: Stats, digest: Digest, isExecutable: boolean): boolean {
  return (
    stats.isFile() &&
    stats.size === digestBytes(digest) &&
    stats.mtimeMs === modifiedAtS * 1000 &&
    (stats.mode & 0o7777) === (isExecutable ? linksMode.executable : linksMode.plain)
  )
}

/** Undefined: nothing is there, or what is above it is no directory. */
export function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}
