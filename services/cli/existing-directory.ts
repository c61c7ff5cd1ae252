import { realpathSync, statSync } from 'node:fs'
import { UserError } from '../user-error.ts'

/** Real path of a directory that a command is to work in. Throws {@link UserError} when it is none. */
export function existingDirectory(directory: string): string {
  try {
    const path = realpathSync(directory)
    if (statSync(path).isDirectory()) return path
  } catch (error) {
    throw new UserError(`${directory}: can't be entered (${(error as NodeJS.ErrnoException).code})`)
  }
  throw new UserError(`${directory}: not a directory`)
}
