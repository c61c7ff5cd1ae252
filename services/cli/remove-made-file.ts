import { lstatSync, readdirSync, realpathSync, rmdirSync, unlinkSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'

/** What became of a file that was to be removed. */
export type Removal =
  | 'removed'
  /** It was not there. */
  | 'absent'
  /** It is outside of the directory, by name or through a symbolic link. */
  | 'outside'
  /** A directory that holds something. */
  | 'not-empty'
  /** The system refused. */
  | { readonly error: string }

export interface RemovalRules {
  /** Real path of the directory that files are removed from. */
  readonly directory: string
  readonly isOutsideToo: boolean
  readonly isDryRun: boolean
}

/** Removes one file (a link itself, never what it leads to), or an empty directory. */
export function removeMadeFile(path: string, { directory, isOutsideToo, isDryRun }: RemovalRules): Removal {
  try {
    const real = join(realpathSync(dirname(path)), basename(path))
    const stat = lstatSync(real)
    if (!isOutsideToo && !real.startsWith(directory === sep ? sep : directory + sep)) return 'outside'
    if (isDryRun) return stat.isDirectory() && readdirSync(real).length > 0 ? 'not-empty' : 'removed'
    if (stat.isDirectory()) rmdirSync(real)
    else unlinkSync(real)
    return 'removed'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent'
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EBUSY') return 'not-empty'
    return { error: code ?? String(error) }
  }
}
