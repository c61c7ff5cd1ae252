import { existsSync } from 'node:fs'
import type { BuildRequest } from '../../../events/build-events.ts'
import type { BuildId } from '../../../events/build-id.ts'
import type { LastResult } from '../../../events/last-results.ts'
import type { BuildState, PlanState } from '../../../machines/build-state.ts'
import { tasksWith } from '../../../machines/step.ts'
import type { Engine, LocalCache } from '../../embedded/engine.ts'
import { treeRoots } from '../../embedded/tree-roots.ts'
import { WorkTree } from '../../embedded/work-tree.ts'
import { UserError } from '../../user-error.ts'
import { bytesText } from '../doctor/check.ts'
import { findBuild } from '../find-build.ts'
import { PacedOutput } from '../paced-output.ts'
import { ReplayedBuild } from '../replay/replayed-build.ts'
import { type CacheContext, withCache } from './cache-context.ts'
import { ProgressLine } from './progress-line.ts'
import { amount } from './quantity.ts'
import { type RecordedRun, recordedRuns } from './recorded-runs.ts'
import { ResultWarmer, type Warmed } from './result-warmer.ts'

export interface WarmOptions {
  /** As for `findBuild`. */
  readonly build: string
  /** Counts only builds of this directory. */
  readonly directory?: string
  /** The sources, as for a build. */
  readonly root?: string
}

export type WarmContext = Pick<CacheContext, 'open' | 'stdout' | 'stderr'> & {
  readonly engine: Engine
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/**
 * Gives the cache what a build made, took or found up to date, as far as the work tree still holds it. Returns the exit
 * code: 0, or 130 when interrupted. Throws {@link UserError}.
 */
export async function warmCommand(options: WarmOptions, context: WarmContext): Promise<number> {
  const { engine, stdout, stderr, signal } = context
  const { buildId } = await findBuild(engine.log, {
    name: options.build,
    ...(options.directory === undefined ? {} : { directory: options.directory }),
  })
  const planned = await plannedBuild(engine, buildId)
  const tally = new WarmTally()
  const notice = (line: string) => stderr.write(`warning: ${line}\n`)
  await withCache({ ...context, notice }, (cache) => warmAll(planned, cache, options, context, tally))
  const out = new PacedOutput(stdout)
  out.line(`build ${buildId} in ${planned.request.directory}`)
  for (const line of tally.lines()) out.line(line)
  await out.flushed()
  return signal.aborted ? 130 : 0
}

interface PlannedBuild {
  readonly plan: PlanState
  readonly request: BuildRequest
}

async function plannedBuild({ log }: Engine, buildId: BuildId): Promise<PlannedBuild> {
  let last: BuildState | undefined
  for await (const { state } of new ReplayedBuild(log, buildId).commits()) last = state
  const { plan, request } = last ?? {}
  if (plan === undefined || request === undefined)
    throw new UserError(`build ${buildId} was never planned: it made nothing`)
  return { plan, request }
}

async function warmAll(
  { plan, request: { directory } }: PlannedBuild,
  { blobs, actions }: LocalCache,
  { root }: WarmOptions,
  { engine, stderr, env, signal }: WarmContext,
  tally: WarmTally,
): Promise<void> {
  if (!existsSync(directory)) throw new UserError(`${directory}, where that build was, is gone`)
  const tree = new WorkTree(directory, engine.sourceTree(directory), engine.log, engine.snapshots)
  for (const line of await tree.load()) stderr.write(`${line}\n`)
  const warmer = new ResultWarmer({
    directory,
    log: engine.log,
    tasks: plan.tasks,
    results: tree.results,
    tree: tree.files,
    surroundings: engine,
    cache: { blobs, actions, roots: treeRoots(directory, root) },
    runOf: runsIn(engine),
    now: engine.clock.now,
  })
  const progress = new ProgressLine(stderr, env)
  const tasks = tasksWith(plan, ['succeeded', 'cached', 'up-to-date'])
  for (const [i, task] of tasks.entries()) {
    if (signal.aborted) break
    const { id } = plan.tasks.graph.tasks[task]!
    progress.show(`[${i + 1}/${tasks.length}] ${id}`)
    tally.add(id, await warmer.warm(task))
  }
  progress.end()
  // Blobs first: a result that is there names what is there.
  await blobs.flush()
  await actions.flush()
  await blobs.collect(engine.clock.now())
}

/** Reads each build that results come from once. */
function runsIn({ log }: Engine): (task: string, last: LastResult) => Promise<RecordedRun | undefined> {
  const byBuild = new Map<BuildId, ReadonlyMap<string, RecordedRun>>()
  return async (task, { build }) => {
    const runs = byBuild.get(build) ?? (await recordedRuns(log, build))
    byBuild.set(build, runs)
    return runs.get(task)
  }
}

/** Counts what came of tasks, and keeps an example of each reason. */
class WarmTally {
  #added = 0
  #bytes = 0
  #there = 0
  #skipped = 0
  readonly #reasons = new Map<string, { count: number; readonly first: string }>()

  add(task: string, warmed: Warmed): void {
    if (warmed.outcome === 'added') {
      this.#added++
      this.#bytes += warmed.bytes
    } else if (warmed.outcome === 'there') this.#there++
    else {
      this.#skipped++
      const reason = this.#reasons.get(warmed.kind) ?? { count: 0, first: `${task}: ${warmed.text}` }
      reason.count++
      this.#reasons.set(warmed.kind, reason)
    }
  }

  *lines(): Generator<string, void> {
    const added = `added ${amount(this.#added, 'result')} (${bytesText(this.#bytes)})`
    yield `${added}, ${this.#there} there already, ${this.#skipped} could not be added`
    for (const [kind, { count, first }] of this.#reasons)
      yield `  ${count} ${kind}, ${count === 1 ? first : `first ${first}`}`
  }
}
