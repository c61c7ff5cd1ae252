import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { LocalCache } from '../../embedded/engine.ts'
import { isCacheThere, withCache } from '../cache/cache-context.ts'
import { bytesText, type Check } from './check.ts'

/** Below this, a build fills the disk before the cache's own limit can help. */
const freeBytesMin = 1024 * 1024 * 1024

/**
 * Where results of tasks are kept: whether it can be written, its size and limit, whether opening it met damage, and
 * whether copies out of it cost room. Builds can do without it, so nothing is worse than a warning. Throws the errors of
 * the cache, and `UserError`.
 */
export async function checkCache(
  directory: string,
  open: (onTrouble: (line: string) => void) => Promise<LocalCache>,
): Promise<Check> {
  const name = 'cache'
  const warn = (what: string, mend: string): Check => ({ name, status: 'warn', what, mend })
  let existing = directory
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK)
    statfsSync(`${existing}/.`)
  } catch {
    const mend = `give this user write permission to ${existing}, or name another with --cache-dir or XDG_CACHE_HOME`
    return warn(`${directory} can't be written: builds go on without it`, mend)
  }
  const { bavail, bsize } = statfsSync(existing)
  const free = `${bytesText(bavail * bsize)} free`
  const damage: string[] = []
  const held = isCacheThere(directory) ? await heldText(directory, open, (line) => damage.push(line)) : undefined
  if (damage[0] !== undefined) return warn(damage[0], 'millrace cache verify looks at the rest')
  const what = `${directory}: ${held ?? 'made by the first build'}, ${free}`
  if (bavail * bsize >= freeBytesMin) return { name, status: 'ok', what }
  return warn(what, 'free some disk space, or lower the limit: millrace cache limit --size')
}

async function heldText(
  directory: string,
  open: (onTrouble: (line: string) => void) => Promise<LocalCache>,
  notice: (line: string) => void,
): Promise<string> {
  return withCache({ open, notice }, async ({ actions, blobs }) => {
    await actions.counts()
    const { storedBytes } = await blobs.usage()
    const { bytesMax } = await blobs.limits()
    const limit = bytesMax === 0 ? 'without limit' : `of at most ${bytesText(bytesMax)}`
    return `${bytesText(storedBytes)} ${limit}, ${copiesText(directory)}`
  })
}

/** Tried out, since a file system of the same kind may be able to or not. */
function copiesText(directory: string): string {
  const attempt = mkdtempSync(join(directory, 'doctor-'))
  try {
    writeFileSync(join(attempt, 'original'), 'x'.repeat(64 * 1024))
    copyFileSync(join(attempt, 'original'), join(attempt, 'copy'), constants.COPYFILE_FICLONE_FORCE)
    return 'copies share blocks (reflink)'
  } catch {
    return 'copies take room of their own (no reflink here)'
  } finally {
    rmSync(attempt, { recursive: true, force: true })
  }
}
