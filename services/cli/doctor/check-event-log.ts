import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LogDamage } from '../../../events/log-damage.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { Check } from './check.ts'

/** How much of the log is checked; `millrace replay --verify` checks all of a build. */
const bytesMax = 64 * 1024 * 1024

/** The log can be opened, has a schema that is known, and the hash chains of its newest builds hold. */
export async function checkEventLog(directory: string, open: () => Promise<EventLog>): Promise<Check> {
  const name = 'event log'
  if (!existsSync(join(directory, 'millrace.db')))
    return { name, status: 'ok', what: 'none yet: made by the first build' }
  const log = await open()
  try {
    const { builds, checked, commits } = await checkChains(log)
    const damage = await log.storageDamage()
    if (damage !== undefined) return { name, status: 'warn', what: damage, mend: mendDamage(directory) }
    return { name, status: 'ok', what: `${builds} builds; ${commits} commits of the newest ${checked} hold` }
  } catch (error) {
    if (!(error instanceof LogDamage)) throw error
    return { name, status: 'warn', what: error.message, mend: mendDamage(directory) }
  } finally {
    await log.close()
  }
}

function mendDamage(directory: string): string {
  return `restore ${directory} from a copy, or move it away to begin anew`
}

async function checkChains(log: EventLog) {
  let [builds, checked, commits, bytes] = [0, 0, 0, 0]
  for await (const { buildId, lastVersion } of log.builds()) {
    builds++
    if (bytes > bytesMax) continue
    let version = 0
    for await (const stored of verifiedCommits(log.read(buildId))) {
      version = stored.version
      commits++
      bytes += stored.body.byteLength
      if (bytes > bytesMax) break
    }
    if (version < lastVersion && bytes <= bytesMax) throw new LogDamage(buildId, version + 1, 'it is missing')
    checked++
  }
  return { builds, checked, commits }
}
