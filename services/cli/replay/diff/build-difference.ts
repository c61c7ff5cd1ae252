import type { BuildId } from '../../../../events/build-id.ts'
import type { Digest } from '../../../../events/digest.ts'
import type { RunReason } from '../../../../events/run-reason.ts'
import type { RunDifference } from '../../../../machines/keys/run-differences.ts'
import type { BuildHistory } from '../../history/build-history.ts'
import type { RecordedBuild, TaskEnd } from '../../history/recorded-build.ts'
import { BuildPair } from './build-pair.ts'
import { contentDifferences } from './content-differences.ts'
import { graphDifference } from './graph-difference.ts'

/** In what two builds differ. `--json` prints it as it is. Of each pair `was` is the first build's, `is` the second's. */
export interface BuildDifference {
  readonly builds: readonly [was: BuildBrief, is: BuildBrief]
  /** What was asked for, of whom and by which version. */
  readonly request: readonly Changed<string>[]
  readonly graph: GraphDifference
  /** Tools and variables whose content both builds know. */
  readonly surroundings: readonly RunDifference[]
  /** Files that no task makes and whose content both builds know. */
  readonly sources: readonly Changed<Digest | null>[]
  readonly ends: readonly (Changed<TaskEnd> & { readonly reason?: RunReason })[]
  /** Outputs of tasks that ran in both from equal inputs and made something else: `name` is the path. */
  readonly unequalOutputs: readonly (Changed<Digest | null> & { readonly task: string })[]
  /** Tasks that ran in both, in ms, the largest difference first. */
  readonly durations: readonly Changed<number>[]
}

export interface Changed<Value> {
  readonly name: string
  readonly was: Value
  readonly is: Value
}

export interface BuildBrief {
  readonly build: BuildId
  readonly directory: string
  /** In ms since 1970. */
  readonly requestedAt: number
  readonly status: 'succeeded' | 'failed' | 'cancelled' | 'unfinished'
  /** How many of the wanted tasks with a command ended how. */
  readonly counts: Readonly<Partial<Record<TaskEnd, number>>>
  /** From the request to the last commit, and all commands together, in ms. */
  readonly wallMs: number
  readonly runMs: number
}

export interface GraphDifference {
  /** Ids of tasks that only the second build's graph has, and only the first one's. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly { readonly task: string; readonly differences: readonly RunDifference[] }[]
}

/** Holds two builds against each other, in root-relative form where they are of different directories. */
export async function buildDifference(
  history: BuildHistory,
  was: RecordedBuild,
  is: RecordedBuild,
): Promise<BuildDifference> {
  const pair = new BuildPair(history, was, is)
  return {
    builds: [brief(was), brief(is)],
    request: requestDifferences(was, is),
    graph: graphDifference(pair),
    ...(await contentDifferences(pair)),
    ends: endDifferences(pair),
    unequalOutputs: pair.unequalOutputs(),
    durations: durations(pair),
  }
}

const statuses = {
  'build-succeeded': 'succeeded',
  'build-failed': 'failed',
  'build-cancelled': 'cancelled',
} as const

function brief(build: RecordedBuild): BuildBrief {
  const counts: Partial<Record<TaskEnd, number>> = {}
  let runMs = 0
  const tasks = build.plan?.graph.tasks ?? []
  for (let task = 0; task < tasks.length; task++) {
    if (tasks[task]!.command === undefined) continue
    const end = build.plan!.endOf(task)
    if (end !== 'unwanted') counts[end] = (counts[end] ?? 0) + 1
    runMs += build.plan!.stories.get(task)?.ended?.phases.runMs ?? 0
  }
  return {
    build: build.buildId,
    directory: build.request.directory,
    requestedAt: build.requestedAt,
    status: build.end === undefined ? 'unfinished' : statuses[build.end.type],
    counts,
    wallMs: build.lastAt - build.requestedAt,
    runMs,
  }
}

function requestDifferences(was: RecordedBuild, is: RecordedBuild): readonly Changed<string>[] {
  const facts = ({ request, requester }: RecordedBuild) => ({
    directory: request.directory,
    'graph file': `${request.file} (${request.reader})`,
    targets: request.targets.length === 0 ? 'the default ones' : request.targets.join(' '),
    'failures at most': request.failuresMax === 0 ? 'no limit' : String(request.failuresMax),
    policy: request.policy,
    host: requester.host,
    version: requester.version,
  })
  const [old, now] = [facts(was), facts(is)]
  return (Object.keys(old) as (keyof typeof old)[])
    .filter((name) => old[name] !== now[name])
    .map((name) => ({ name, was: old[name], is: now[name] }))
}

function endDifferences(pair: BuildPair): BuildDifference['ends'] {
  return pair.tasks.flatMap(({ id, was, is }) => {
    const [old, now] = [pair.was.plan!.endOf(was), pair.is.plan!.endOf(is)]
    if (old === now || old === 'phony' || now === 'phony') return []
    const reason = pair.is.plan!.stories.get(is)?.lookedUp?.reason
    return [{ name: id, was: old, is: now, ...(reason === undefined ? {} : { reason }) }]
  })
}

function durations(pair: BuildPair): readonly Changed<number>[] {
  const found: Changed<number>[] = []
  for (const { id, was, is } of pair.tasks) {
    const [old, now] = [pair.was.plan!.stories.get(was)?.ended, pair.is.plan!.stories.get(is)?.ended]
    if (old?.type === 'task-succeeded' && now?.type === 'task-succeeded')
      found.push({ name: id, was: old.phases.runMs, is: now.phases.runMs })
  }
  return found.sort((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was))
}
