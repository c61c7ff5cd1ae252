import { realpathSync, statSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'
import { inDirectory } from '../../in-directory.ts'
import { NinjaError } from './ninja-error.ts'

/** Real path of the directory to work in. Throws {@link NinjaError}. */
export function enteredDirectory(directory = '.'): string {
  try {
    const path = realpathSync(directory)
    if (statSync(path).isDirectory()) return path
  } catch (error) {
    throw new NinjaError(`chdir to '${directory}' - ${systemErrorText(error)}`, 'fatal')
  }
  throw new NinjaError(`chdir to '${directory}' - Not a directory`, 'fatal')
}

/** Throws {@link NinjaError} when the manifest is not there. */
export function checkManifest(directory: string, file: string): void {
  try {
    if (!statSync(inDirectory(directory, file)).isDirectory()) return
  } catch (error) {
    throw new NinjaError(`loading '${file}': ${systemErrorText(error)}`)
  }
  throw new NinjaError(`loading '${file}': Is a directory`)
}

/** Why the system refused, as the C library says it: `No such file or directory`. */
function systemErrorText(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException
  if (errno === undefined) return code ?? String(error)
  const text = getSystemErrorMessage(errno) ?? code ?? String(errno)
  return text.charAt(0).toUpperCase() + text.slice(1)
}
