import { LogDamage } from '../../../events/log-damage.ts'
import { EventLogError } from '../../../infra/event-log/event-log.ts'
import { phaseOf } from '../../../machines/build-state.ts'
import { type BuildEnd, verifyReplay } from '../../../machines/replay.ts'
import type { ReplayedBuild, ReplayedCommit } from './replayed-build.ts'

/**
 * Checks all there is of a build: the hash chain, each event's shape and place, every attachment, and that the fold comes
 * to the recorded end, and that the storage has lost nothing. Returns a line that says so. Throws {@link LogDamage} at the first commit that does not hold.
 */
export async function verifyBuild(build: ReplayedBuild, lastVersion: number): Promise<string> {
  let commits = 0
  let events = 0
  let ended: BuildEnd | undefined
  let last: ReplayedCommit | undefined
  for await (const replayed of build.commits()) {
    const { commit } = replayed
    commits++
    events += commit.events.length
    for (const event of commit.events) {
      if ('output' in event && event.output?.attachment !== undefined)
        await build.attachment(commit, event.output.attachment)
      if (event.type === 'build-succeeded' || event.type === 'build-failed' || event.type === 'build-cancelled')
        ended = event
    }
    last = replayed
  }
  if (last === undefined || commits < lastVersion) throw new LogDamage(build.buildId, commits + 1, 'it is missing')
  if (ended === undefined) return `verified: ${amounts(commits, events)}, not ended`
  const damage = await build.storageDamage()
  if (damage !== undefined)
    throw new EventLogError(
      `the ${commits} commits of build ${build.buildId} hold, but the event log does not: ${damage}`,
    )
  const [difference] = verifyReplay({ state: last.state, commits, ended })
  if (difference !== undefined) throw new LogDamage(build.buildId, commits, `its end does not follow: ${difference}`)
  return `verified: ${amounts(commits, events)}, ended ${phaseOf(last.state)}`
}

function amounts(commits: number, events: number): string {
  return `${commits} commit${commits === 1 ? '' : 's'}, ${events} event${events === 1 ? '' : 's'}`
}
