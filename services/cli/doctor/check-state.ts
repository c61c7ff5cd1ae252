import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import { decodeSnapshot } from '../../../infra/snapshot-store/snapshot-format.ts'
import { bytesText, type Check } from './check.ts'

/** Below this, a build of some thousand tasks may fill the disk. */
const freeBytesMin = 1024 * 1024 * 1024

/** Where builds are remembered: whether it can be written, its size, and what is left of the disk. */
export function checkStateDirectory(directory: string): Check {
  const name = 'state directory'
  let existing = directory
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK)
    if (!statSync(existing).isDirectory()) throw new Error('not a directory')
  } catch {
    const mend = `give this user write permission to ${existing}, or name another with --state-dir or XDG_STATE_HOME`
    return { name, status: 'missing', what: `${directory} can't be written`, mend }
  }
  const { bavail, bsize } = statfsSync(existing)
  const size = existing === directory ? `${bytesText(sizeOf(directory))} used` : 'made by the first build'
  const what = `${directory}: ${size}, ${bytesText(bavail * bsize)} free`
  if (bavail * bsize >= freeBytesMin) return { name, status: 'ok', what }
  return { name, status: 'warn', what, mend: 'free some disk space' }
}

/** What is remembered between builds to make them start sooner. All of it can be worked out again. */
export function checkSnapshots(directory: string): Check {
  const name = 'snapshots'
  const files = filesOf(join(directory, 'snapshots'))
  const whole = files.filter((path) => path.endsWith('.snapshot'))
  const damaged = whole.filter((path) => decodeSnapshot(readFileSync(path)) === null)
  const what = `${whole.length} of work trees, ${bytesText(whole.reduce((sum, path) => sum + statSync(path).size, 0))}`
  if (damaged.length === 0) return { name, status: 'ok', what }
  return {
    name,
    status: 'warn',
    what: `${damaged.length} of ${whole.length} are damaged, first ${damaged[0]}`,
    mend: 'delete them: the next build makes them anew',
  }
}

/** Who builds where, and who died doing so. Throws `LeaseStoreError`. */
export async function checkLeases(directory: string, open: () => Promise<LeaseStore>): Promise<Check> {
  const name = 'leases'
  if (!existsSync(join(directory, 'leases.db'))) return { name, status: 'ok', what: 'none yet' }
  const leases = await open()
  try {
    const known = await leases.list()
    const stale = known.filter(({ isAlive }) => !isAlive)
    const [first] = stale
    if (first === undefined) return { name, status: 'ok', what: `${known.length} held, none stale` }
    const place = first.key.replace(/^tree:/, '')
    return {
      name,
      status: 'warn',
      what: `${stale.length} of dead processes, first process ${first.holder.process.pid} in ${place}`,
      mend: `millrace build -C ${place} takes it over`,
    }
  } finally {
    await leases.close()
  }
}

/** Bytes of all files in the directory and below. */
function sizeOf(directory: string): number {
  return filesOf(directory).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

function filesOf(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
