import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Removes a file or a directory with all that is in it, also directories that a command has made unreadable. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    openDirectories(path)
    rmSync(path, { recursive: true, force: true })
  }
}

function openDirectories(path: string): void {
  chmodSync(path, 0o700)
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) openDirectories(join(path, entry.name))
}

/** Removes what has a name that is no UTF-8, which no path as a string can name. */
export function removeUnnameable(directory: string): void {
  for (const name of readdirSync(directory, { encoding: 'buffer' }))
    if (!Buffer.from(name.toString()).equals(name))
      rmSync(Buffer.concat([Buffer.from(`${directory}/`), name]), { recursive: true, force: true })
}
