import { lstatSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { SourceTreeError } from '../../infra/source-tree/source-tree.ts'

/**
 * Throws unless the directory that a file is in lies in the stage, links followed: what a worker does to it must not happen
 * elsewhere on its host.
 *
 * @param path in the stage
 * @param name for the message
 */
export function checkInStage(stage: string, path: string, name: string): void {
  const real = realDirectory(dirname(path))
  const top = realpathSync(stage)
  if (real !== top && !real.startsWith(`${top}/`))
    throw new SourceTreeError(
      `${name}: a link on the way to it leads out of the build's directories; name it by its real path`,
    )
}

/** Removes a link that is where a file is to be written or read: it may lead anywhere. */
export function removeLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path)
}

/** What a link says that leads out of the stage, or nowhere; `undefined` for anything else. */
export function strayLink(stage: string, path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined
  try {
    if (realpathSync(path).startsWith(`${realpathSync(stage)}/`)) return undefined
  } catch {
    // It leads nowhere.
  }
  return readlinkSync(path)
}

/** Of the nearest directory above that is there. */
function realDirectory(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // A link that leads nowhere would be followed by whoever makes a directory there.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return readlinkSync(path)
    return realDirectory(dirname(path))
  }
}
