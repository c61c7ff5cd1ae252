import type { BuildEvent } from '../../../events/build-events.ts'
import type { BuildId } from '../../../events/build-id.ts'
import type { Digest } from '../../../events/digest.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import type { FollowableLog } from '../../../infra/event-log/event-log.ts'
import { type BuildState, newBuildState, phaseOf, taskCounts } from '../../../machines/build-state.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { step } from '../../../machines/step.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'

export interface FollowOptions {
  readonly log: FollowableLog
  readonly reporter: Pick<Reporter, 'commit' | 'notice'>
  /** Called with each event, with the state after it. */
  readonly onEvent?: (event: BuildEvent, state: BuildState) => void
  /** Called with the state after each commit. */
  readonly onCommit?: (version: number, state: BuildState) => void
  readonly signal: AbortSignal
}

/** Reports a build from its beginning to its end, as the log tells of it. `undefined` when the signal came first. */
export async function followBuild(
  buildId: BuildId,
  { log, reporter, onEvent, onCommit, signal }: FollowOptions,
): Promise<Omit<BuildEnd, 'wallMs'> | undefined> {
  const graphs = new Map<Digest, BuildGraph>()
  const state = newBuildState(buildId, (digest) => graphs.get(digest)!)
  const stop = new AbortController()
  const commits = verifiedCommits(log.follow(buildId, 1, AbortSignal.any([signal, stop.signal])))
  for await (const { commit } of commits) {
    for (const event of commit.events) {
      if (event.type === 'build-planned' && !graphs.has(event.graph))
        graphs.set(event.graph, JSON.parse(Buffer.from(await log.attachment(event.graph)).toString()) as BuildGraph)
      step(state, event)
      onEvent?.(event, state)
      if (event.type === 'build-warned') reporter.notice(`warning: ${event.message}`)
    }
    reporter.commit(commit, state)
    onCommit?.(commit.version, state)
    const phase = phaseOf(state)
    if (phase === 'succeeded' || phase === 'failed' || phase === 'cancelled') {
      stop.abort()
      return { buildId, status: phase, counts: taskCounts(state) }
    }
  }
  return undefined
}
