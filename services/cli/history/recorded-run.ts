import type { BuildRequest } from '../../../events/build-events.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { TaskCached, TaskQueued } from '../../../events/task-events.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import { Roots } from '../../../machines/keys/roots.ts'
import type { TaskRun } from '../../../machines/keys/run-differences.ts'
import type { RecordedBuild, RecordedPlan, TaskEnd, TaskStory } from './recorded-build.ts'

/** A task that one build looked up and did not find up to date. */
export interface RecordedRun {
  readonly build: RecordedBuild
  readonly plan: RecordedPlan
  readonly task: TaskNumber
  readonly story: TaskStory & { readonly lookedUp: TaskQueued | TaskCached }
  readonly end: TaskEnd
}

/** The task in one plan, if it was to be made there. */
export function recordedRun(build: RecordedBuild, plan: RecordedPlan, task: TaskNumber): RecordedRun | undefined {
  const story = plan.stories.get(task)
  if (story?.lookedUp === undefined) return undefined
  return { build, plan, task, story: { ...story, lookedUp: story.lookedUp }, end: plan.endOf(task) }
}

/** Runs of a task that came to an end (ran, failed or were taken from the cache), newest first. */
export function* madeRunsIn(
  build: RecordedBuild,
  taskId: string,
  plans: readonly RecordedPlan[],
): Generator<RecordedRun, void> {
  for (const plan of plans.toReversed()) {
    const task = plan.graph.tasks.findIndex(({ id }) => id === taskId)
    const run = task < 0 ? undefined : recordedRun(build, plan, task)
    if (run !== undefined && ['ran', 'cached', 'failed'].includes(run.end)) yield run
  }
}

/** What went into the run. */
export function taskRunOf({ build, plan, task, story }: RecordedRun): TaskRun {
  const { lookedUp, ended } = story
  const versions = (numbers: readonly number[]): FileVersion[] => numbers.map((number) => build.files[number]!)
  const result = lookedUp.type === 'task-cached' ? lookedUp : ended?.type === 'task-succeeded' ? ended : undefined
  return {
    task: plan.graph.tasks[task]!,
    outputs: plan.tasks.outputs(task),
    inputs: versions(lookedUp.inputs),
    roots: rootsOf(build.request),
    ...(result === undefined ? {} : { discovered: versions(result.discovered) }),
    ...(lookedUp.surroundings === undefined ? {} : { surroundings: build.surroundings[lookedUp.surroundings]! }),
  }
}

/** What the run made; nothing for one that failed. */
export function outputsOf({ build, story: { lookedUp, ended } }: RecordedRun): readonly FileVersion[] {
  const result = lookedUp.type === 'task-cached' ? lookedUp : ended?.type === 'task-succeeded' ? ended : undefined
  return (result?.outputs ?? []).map((number) => build.files[number]!)
}

/** When the run ended, or when it was looked up. In ms since 1970. */
export function endedAt({ build, story }: RecordedRun): number {
  return story.ended?.at ?? story.lookedUpAt ?? build.requestedAt
}

const knownRoots = new Map<string, Roots>()

/** The directories that keys were relative to; equal ones are the same object. */
export function rootsOf({ directory, roots: [, source] = [] }: BuildRequest): Roots {
  const key = `${directory}\0${source}`
  let roots = knownRoots.get(key)
  if (roots === undefined) {
    roots = new Roots(directory, source)
    knownRoots.set(key, roots)
  }
  return roots
}
