import type { BuildCancelled, BuildFailed, BuildSucceeded, TaskCounts } from '../events/build-events.ts'
import type { Commit } from '../events/commit.ts'
import type { Digest } from '../events/digest.ts'
import { LogDamage } from '../events/log-damage.ts'
import { type BuildState, countOf, newBuildState, phaseOf, type TaskStatus, taskCounts } from './build-state.ts'
import type { BuildGraph } from './graph/build-graph.ts'
import { step } from './step.ts'

/** A build as its log tells it, up to some commit. */
export interface Replay {
  readonly state: BuildState
  /** How many commits were folded. */
  readonly commits: number
  /** The recorded end, if it was reached. */
  readonly ended?: BuildEnd
}

/** The event that ends a build; nothing follows it. */
export type BuildEnd = BuildSucceeded | BuildFailed | BuildCancelled

/** Where to stop: behind commit `version`, before the first commit made later than `at` (ms since 1970). */
export interface ReplayLimit {
  readonly version?: number
  readonly at?: number
}

/**
 * Folds a build's commits, from the first on, through `step`; effects are dropped.
 *
 * Throws {@link LogDamage} when the commits are not those of one build without a gap, or an event cannot follow the
 * ones before it: such a history was never written by a coordinator. Throws an Error when there is no commit at all.
 *
 * @param graphOf the build graph whose JSON has the digest; called once per `build-planned`
 */
export function replayBuild(
  commits: Iterable<Commit>,
  graphOf: (graph: Digest) => BuildGraph,
  until: ReplayLimit = {},
): Replay {
  let state: BuildState | undefined
  let ended: BuildEnd | undefined
  let count = 0
  for (const commit of commits) {
    state ??= newBuildState(commit.buildId, graphOf)
    if (commit.version > (until.version ?? Number.POSITIVE_INFINITY)) break
    if (commit.at > (until.at ?? Number.POSITIVE_INFINITY)) break
    checkPlace(state, commit, count + 1)
    ended = foldCommit(state, commit) ?? ended
    count++
  }
  if (state === undefined) throw new Error('there is no commit to replay')
  return ended === undefined ? { state, commits: count } : { state, commits: count, ended }
}

/**
 * Holds the fold against what the log says of the build's end. One line per difference; none: the replay came to the
 * same end as the live run did. Without a recorded end there is nothing to differ from.
 */
export function verifyReplay({ state, ended }: Replay): string[] {
  if (ended === undefined) return []
  const differences: string[] = []
  const recorded = endPhases[ended.type]
  const replayed = phaseOf(state)
  if (replayed !== recorded) differences.push(`phase: recorded ${recorded}, replayed ${replayed}`)
  const counts = taskCounts(state)
  for (const name of countNames)
    if (counts[name] !== ended.counts[name])
      differences.push(`tasks ${name}: recorded ${ended.counts[name]}, replayed ${counts[name]}`)
  if (ended.type !== 'build-failed' || ended.message === undefined)
    for (const status of unfinished) {
      const left = state.plan === undefined ? 0 : countOf(state.plan, status)
      if (left > 0) differences.push(`tasks ${status}: none may be left at the end, replayed ${left}`)
    }
  return differences
}

const endPhases = {
  'build-succeeded': 'succeeded',
  'build-failed': 'failed',
  'build-cancelled': 'cancelled',
} as const satisfies Record<BuildEnd['type'], string>

const unfinished: readonly TaskStatus[] = ['waiting', 'ready', 'looking-up', 'queued', 'running']

const countNames: readonly (keyof TaskCounts)[] = [
  'total',
  'upToDate',
  'cached',
  'run',
  'failed',
  'skipped',
  'cancelled',
  'retried',
]

function checkPlace(state: BuildState, commit: Commit, expected: number): void {
  if (commit.buildId !== state.buildId)
    throw new LogDamage(state.buildId, expected, `a commit of build ${commit.buildId} stands in its place`)
  if (commit.version !== expected)
    throw new LogDamage(state.buildId, expected, `it is missing, commit ${commit.version} stands in its place`)
}

function foldCommit(state: BuildState, commit: Commit): BuildEnd | undefined {
  let ended: BuildEnd | undefined
  for (const [index, event] of commit.events.entries()) {
    try {
      step(state, event)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new LogDamage(commit.buildId, commit.version, `event ${index + 1} of ${commit.events.length}: ${why}`)
    }
    if (event.type === 'build-succeeded' || event.type === 'build-failed' || event.type === 'build-cancelled')
      ended = event
  }
  return ended
}
