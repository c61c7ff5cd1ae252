import type { BuildCancelled, BuildRequest } from '../../events/build-events.ts'
import { type Commit, chainStart, commitFormat, encodeCommit } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { toRanges } from '../../events/ranges.ts'
import { AttachmentDamage, type EventLog } from '../../infra/event-log/event-log.ts'
import { taskCounts } from '../../machines/build-state.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import { replayBuild } from '../../machines/replay.ts'
import { tasksWith } from '../../machines/step.ts'
import type { ResumableBuild } from './embedded-build.ts'

/**
 * Folds the log of a build whose process died; `undefined` when it had ended, or when its log does not hold: then nothing
 * can be added to it, `notice` says so in one line, and the build stays as it is.
 */
export async function loadCrashedBuild(
  log: EventLog,
  buildId: string,
  notice: (line: string) => void,
): Promise<ResumableBuild | undefined> {
  try {
    return await foldCrashedBuild(log, buildId)
  } catch (error) {
    if (!(error instanceof LogDamage || error instanceof AttachmentDamage)) throw error
    notice(`warning: ${error.message}; that build can't be resumed`)
    return undefined
  }
}

async function foldCrashedBuild(log: EventLog, buildId: string): Promise<ResumableBuild | undefined> {
  const [{ verifiedCommits }, { decodeCommit }] = await Promise.all([
    import('../../infra/event-log/commit-chain.ts'),
    import('../../events/codec.ts'),
  ])
  const graphs = new Map<Digest, BuildGraph>()
  const commits: Commit[] = []
  let hash = chainStart
  for await (const stored of verifiedCommits(log.read(buildId))) {
    const commit = decodeCommit(stored)
    for (const event of commit.events)
      if (event.type === 'build-planned' && !graphs.has(event.graph))
        graphs.set(event.graph, JSON.parse(Buffer.from(await log.attachment(event.graph)).toString()))
    commits.push(commit)
    hash = stored.hash
  }
  const last = commits.at(-1)
  if (last === undefined) return undefined
  const { state, ended } = replayBuild(commits, (digest) => graphs.get(digest)!)
  return ended === undefined ? { state, head: { version: last.version, hash }, epoch: last.epoch, graphs } : undefined
}

/** Whether a new request asks for the same as the crashed build. */
export function isSameRequest({ state }: ResumableBuild, request: BuildRequest): boolean {
  return JSON.stringify(state.request) === JSON.stringify(request)
}

/** Brings a crashed build that nobody asks for any more to its end in the log. */
export async function closeCrashedBuild(log: EventLog, crashed: ResumableBuild, at: number): Promise<void> {
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
