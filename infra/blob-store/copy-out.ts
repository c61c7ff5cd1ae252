import { closeSync, constants, fstatSync, openSync, rmSync, writeFile } from 'node:fs'
import { chmod, copyFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Digest } from '../../events/digest.ts'
import { isContent, writeAll, writePieces } from './blob-files.ts'
import { type BlobForm, blobForm } from './blob-tables.ts'
import { temporaryName } from './temporary-name.ts'

/**
 * Makes `path` a new file with the content, in place of a file or link that is there, and nothing of it when it fails. Not at
 * once: to make a file can take a file system half a millisecond, and several are made side by side.
 */
export async function writeInPlaceOf(path: string, content: Uint8Array, isExecutable: boolean): Promise<void> {
  const how = { flag: 'wx', mode: modeOf(isExecutable) }
  try {
    try {
      await writeFileLater(path, content, how)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      // Not written over: it may run, be a link, or have other names.
      rmSync(path, { force: true })
      await writeFileLater(path, content, how)
    }
  } catch (error) {
    removeFile(path)
    throw error
  }
}

/** Half as expensive as `writeFile` of `node:fs/promises`. */
const writeFileLater = promisify(writeFile)

/**
 * As {@link writeInPlaceOf}, from a file of the store, by a copy beside `path` that shares its blocks where the file system
 * can. False, with `path` as it was, when the copy is not what the digest says.
 */
export async function copyInPlaceOf(
  path: string,
  digest: Digest,
  blob: { readonly path: string; readonly form: BlobForm },
  isExecutable: boolean,
): Promise<boolean> {
  const temporary = join(dirname(path), `.millrace-${temporaryName()}`)
  try {
    const mode = makeEmpty(temporary, modeOf(isExecutable))
    if (!(await copyChecked(digest, blob, temporary))) return false
    await chmod(temporary, mode)
    await rename(temporary, path)
    return true
  } finally {
    removeFile(temporary)
  }
}

async function copyChecked(
  digest: Digest,
  blob: { readonly path: string; readonly form: BlobForm },
  temporary: string,
): Promise<boolean> {
  if (blob.form === blobForm.zstdFile) {
    let isWhole = false
    rmSync(temporary)
    await writePieces(temporary, 0o600, async (file) => {
      isWhole = await isContent(digest, blob.path, blob.form, (piece) => writeAll(file, piece))
    })
    return isWhole
  }
  try {
    await copyFile(blob.path, temporary, constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  return isContent(digest, temporary, blobForm.file)
}

function modeOf(isExecutable: boolean): number {
  return isExecutable ? 0o777 : 0o666
}

/** Makes an empty file, and tells the mode that the umask left it. */
function makeEmpty(path: string, mode: number): number {
  const file = openSync(path, 'wx', mode)
  try {
    return fstatSync(file).mode & 0o777
  } finally {
    closeSync(file)
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // A directory, or where nothing can be removed: the error that led here says so.
  }
}
