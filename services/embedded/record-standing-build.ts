import type { BuildEvent } from '../../events/build-events.ts'
import { buildIdFrom } from '../../events/build-id.ts'
import { type Commit, chainStart, commitFormat, encodeCommit } from '../../events/commit.ts'
import { newBuildState } from '../../machines/build-state.ts'
import type { BuildContext, BuildOptions } from './build-options.ts'
import type { BuildEnd } from './reporter.ts'
import { eventsOfStandingPlan, type StandingPlan } from './standing-plan.ts'

/** Records a build that a standing plan answers: the same events as if it had been planned again. */
export async function recordStandingBuild(
  standing: StandingPlan,
  { jobs }: BuildOptions,
  { engine, reporter }: BuildContext,
): Promise<Omit<BuildEnd, 'wallMs'>> {
  const { clock, identity, version } = engine
  const at = clock.now()
  const requester = { host: identity.host, pid: identity.pid, version }
  const events: BuildEvent[] = [
    { type: 'build-requested', request: standing.request, requester },
    ...eventsOfStandingPlan(standing, jobs),
  ]
  const buildId = buildIdFrom(at, engine.random())
  const commit: Commit = { v: commitFormat, buildId, version: 1, epoch: 1, prev: chainStart, at, events }
  await engine.log.append(encodeCommit(commit))
  // Nothing of the state but its name is needed to tell of a build in which no task moves.
  reporter.commit(
    commit,
    newBuildState(buildId, () => {
      throw new Error('a standing build reads no graph')
    }),
  )
  return { buildId, status: 'succeeded', counts: standing.succeeded.counts }
}
