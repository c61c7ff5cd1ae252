import type { BuildEvent } from '../../../events/build-events.ts'
import { phaseOf, taskCounts } from '../../../machines/build-state.ts'
import type { PacedOutput } from '../paced-output.ts'
import { eventLines, summaryLine } from '../progress/json-reporter.ts'
import type { ReplayedBuild, ReplayedCommit } from './replayed-build.ts'

/** What of the build is printed: all of it with a summary at its end, or the events of one task. */
export interface JsonSelection {
  /** Whether an event belongs to the task; absent: every event is printed. */
  readonly isWanted?: (event: BuildEvent, replayed: ReplayedCommit) => boolean
}

/** Prints a build's events as `build --json` printed them when it ran. */
export async function printJson(build: ReplayedBuild, out: PacedOutput, { isWanted }: JsonSelection): Promise<void> {
  let requestedAt: number | undefined
  let last: ReplayedCommit | undefined
  for await (const replayed of build.commits()) {
    const { commit, state } = replayed
    requestedAt ??= commit.at
    last = replayed
    const events = isWanted === undefined ? commit.events : commit.events.filter((event) => isWanted(event, replayed))
    out.write(eventLines({ ...commit, events }, state))
    await out.room()
    if (out.isClosed) return
  }
  if (isWanted !== undefined || last === undefined) return
  const status = phaseOf(last.state)
  if (status !== 'succeeded' && status !== 'failed' && status !== 'cancelled') return
  const wallMs = last.commit.at - (requestedAt ?? 0)
  out.write(summaryLine({ buildId: build.buildId, status, counts: taskCounts(last.state), wallMs }))
}
