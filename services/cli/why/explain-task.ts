import type { CachedOrigin } from '../../../events/task-events.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { BuildHistory } from '../history/build-history.ts'
import type { RecordedPlan } from '../history/recorded-build.ts'
import { endedAt, type RecordedRun, recordedRun, taskRunOf } from '../history/recorded-run.ts'
import { causesOf } from './causes.ts'
import { comparedWithLast, nearestRun } from './compared-runs.ts'
import type { WantedTask } from './find-wanted.ts'
import type { GroupMember, KnownOrigin, MadeOutputs, WhyAnswer } from './why-answer.ts'

/** Finds out why a build did with a task what it did. Earlier builds are read as far as the answer lies in them. */
export async function explainTask(history: BuildHistory, { build, plan, task }: WantedTask): Promise<WhyAnswer> {
  const { id } = plan.graph.tasks[task]!
  const { buildId, request, requestedAt } = build
  const verdict = plan.endOf(task)
  const answer = { task: id, build: buildId, directory: request.directory, requestedAt, verdict }
  if (verdict === 'phony') return { ...answer, groups: groupsOf(plan, task) }
  const run = recordedRun(build, plan, task)
  if (run !== undefined) return { ...answer, ...(await explainRun(history, run)) }
  if (verdict === 'skipped') return { ...answer, failedNeeds: failedNeeds(plan, task) }
  if (verdict !== 'up-to-date') return answer
  for await (const earlier of history.runsBefore(build, id, request.directory))
    if (earlier.end !== 'failed') return { ...answer, made: await madeBy(history, earlier) }
  return answer
}

type Explained = Omit<WhyAnswer, 'task' | 'build' | 'directory' | 'requestedAt' | 'verdict'>

async function explainRun(history: BuildHistory, run: RecordedRun): Promise<Explained> {
  const { lookedUp, ended, started } = run.story
  const causes = await causesOf(history, run)
  const worker = ended?.worker ?? started?.worker
  return {
    at: endedAt(run),
    ...(worker === undefined ? {} : { worker }),
    ...(ended === undefined ? {} : { runMs: ended.phases.runMs }),
    ...(ended?.type === 'task-attempt-failed' ? { failure: ended.failure } : {}),
    reason: lookedUp.reason,
    ...(causes.length === 0 ? {} : { causes }),
    ...(await comparedWithLast(history, run)),
    ...(await cacheAnswer(history, run)),
    ...(ended?.type === 'task-succeeded' && ended.kept !== undefined ? { kept: ended.kept } : {}),
    ...(ended?.type === 'task-succeeded' && ended.notKept !== undefined ? { notKept: ended.notKept } : {}),
  }
}

async function cacheAnswer(history: BuildHistory, run: RecordedRun): Promise<Pick<WhyAnswer, 'cache'>> {
  const { lookedUp } = run.story
  if (lookedUp.type === 'task-cached') {
    const origin = await knownOrigin(history, lookedUp.origin)
    return { cache: { isHit: true, action: lookedUp.action, origin } }
  }
  const { miss } = lookedUp
  if (miss === undefined) return {}
  if (miss.kind !== 'unknown-task' && miss.kind !== 'unknown-files') return { cache: { isHit: false, miss } }
  const nearest = await nearestRun(history, run)
  return { cache: { isHit: false, miss, ...(nearest === undefined ? {} : { nearest }) } }
}

async function knownOrigin(history: BuildHistory, origin: CachedOrigin): Promise<KnownOrigin> {
  const build = await history.readable(() => history.readPlanned(origin.build))
  return build === undefined ? origin : { ...origin, directory: build.request.directory }
}

async function madeBy(history: BuildHistory, run: RecordedRun): Promise<MadeOutputs> {
  const { lookedUp, ended } = run.story
  const { inputs, discovered = [], surroundings } = taskRunOf(run)
  const origin = lookedUp.type === 'task-cached' ? await knownOrigin(history, lookedUp.origin) : undefined
  return {
    build: run.build.buildId,
    at: endedAt(run),
    worker: origin?.worker ?? ended!.worker,
    runMs: origin?.runMs ?? ended!.phases.runMs,
    ...(origin === undefined ? {} : { origin }),
    inputs: inputs.length + discovered.length,
    tools: surroundings?.tools.length ?? 0,
    variables: surroundings?.variables.length ?? 0,
  }
}

function groupsOf(plan: RecordedPlan, task: TaskNumber): readonly GroupMember[] {
  const { inputs, orderOnly } = plan.graph.tasks[task]!
  return [...inputs, ...orderOnly].map((file): GroupMember => {
    const path = plan.graph.files[file]!
    const maker = plan.tasks.maker(file)
    if (maker === undefined) return { path }
    const reason = plan.stories.get(maker)?.lookedUp?.reason
    const { id } = plan.graph.tasks[maker]!
    return { path, task: id, end: plan.endOf(maker), ...(reason === undefined ? {} : { reason }) }
  })
}

/** Failed tasks that it waits for, directly or by way of others. */
function failedNeeds(plan: RecordedPlan, task: TaskNumber): readonly string[] {
  const seen = new Set([task])
  const failed: string[] = []
  for (const needed of seen) {
    if (plan.endOf(needed) === 'failed') failed.push(plan.graph.tasks[needed]!.id)
    plan.tasks.eachDependency(needed, (maker) => seen.add(maker))
  }
  return failed
}
