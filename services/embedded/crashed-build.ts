import type { BuildCancelled, BuildRequest } from '../../events/build-events.ts'
import { type Commit, commitFormat, encodeCommit } from '../../events/commit.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { toRanges } from '../../events/ranges.ts'
import { AttachmentDamage, type EventLog } from '../../infra/event-log/event-log.ts'
import { taskCounts } from '../../machines/build-state.ts'
import { tasksWith } from '../../machines/step.ts'
import type { UnfinishedBuild } from '../coordinator/unfinished-build.ts'

/**
 * Folds the log of a build whose process died; `undefined` when it had ended, or when its log does not hold: then nothing
 * can be added to it, `notice` says so in one line, and the build stays as it is.
 */
export async function loadCrashedBuild(
  log: EventLog,
  buildId: string,
  notice: (line: string) => void,
): Promise<UnfinishedBuild | undefined> {
  try {
    const { foldUnfinishedBuild } = await import('../coordinator/unfinished-build.ts')
    return await foldUnfinishedBuild(log, buildId)
  } catch (error) {
    if (!(error instanceof LogDamage || error instanceof AttachmentDamage)) throw error
    notice(`warning: ${error.message}; that build can't be resumed`)
    return undefined
  }
}

/** Whether a new request asks for the same as the crashed build. */
export function isSameRequest({ state }: UnfinishedBuild, request: BuildRequest): boolean {
  return JSON.stringify(state.request) === JSON.stringify(request)
}

/** Brings a crashed build that nobody asks for any more to its end in the log. */
export async function closeCrashedBuild(log: EventLog, crashed: UnfinishedBuild, at: number): Promise<void> {
  const { state, head, epoch } = crashed
  const open = state.plan ? tasksWith(state.plan, ['waiting', 'ready', 'looking-up', 'queued', 'running']) : []
  const counts = taskCounts(state)
  const cancelled: BuildCancelled = {
    type: 'build-cancelled',
    reason: 'superseded',
    counts: { ...counts, cancelled: counts.cancelled + open.length },
  }
  const commit: Commit = {
    v: commitFormat,
    buildId: state.buildId,
    version: head.version + 1,
    epoch: epoch + 1,
    prev: head.hash,
    at,
    events: open.length > 0 ? [{ type: 'tasks-cancelled', tasks: toRanges(open) }, cancelled] : [cancelled],
  }
  await log.append(encodeCommit(commit))
}
