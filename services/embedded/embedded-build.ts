import type { BuildEvent, BuildRequest } from '../../events/build-events.ts'
import { type BuildId, buildIdFrom } from '../../events/build-id.ts'
import { LastResultsFold } from '../../events/last-results.ts'
import type { TaskConsumer } from '../../infra/task-queue/task-queue.ts'
import { newBuildState, phaseOf, taskCounts } from '../../machines/build-state.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import type { Roots } from '../../machines/keys/roots.ts'
import { BuildCoordinator } from '../coordinator/build-coordinator.ts'
import type { PlanResult } from '../coordinator/plan-build.ts'
import type { UnfinishedBuild } from '../coordinator/unfinished-build.ts'
import { startWorker } from '../worker/worker.ts'
import { clientWorkplace } from '../worker/workplace.ts'
import { openBuildCache } from './build-cache.ts'
import type { Engine, LocalExecutor } from './engine.ts'
import type { BuildEnd, Reporter } from './reporter.ts'
import type { WorkTree } from './work-tree.ts'

export interface EmbeddedBuild {
  readonly engine: Engine
  readonly tree: WorkTree
  readonly request: BuildRequest
  readonly plan: Extract<PlanResult, { ok: true }>
  readonly graph: BuildGraph
  readonly slots: number
  /** The directories that keys are relative to. */
  readonly roots: Roots
  readonly reporter: Reporter
  readonly readText: (path: string) => string | null
  /** A build that a dead process left behind, to be taken over. */
  readonly resume?: UnfinishedBuild
  /** Called once the build's id is known and before anything runs; is given what to note in the lease. */
  readonly begun: (buildId: BuildId, executor: LocalExecutor | undefined) => Promise<void>
  /** Cancels the build when aborted. */
  readonly signal: AbortSignal
}

/** No more helper processes than tasks that may run; a dyndep file may still want further ones. */
function runMax({ plan, graph }: EmbeddedBuild): number {
  return graph.tasks.some(({ dyndep }) => dyndep !== undefined) ? graph.tasks.length : plan.toRun.length
}

/** Coordinator and worker of one build, both in this process. */
export async function runEmbeddedBuild(build: EmbeddedBuild): Promise<Omit<BuildEnd, 'wallMs'>> {
  const { engine, tree, plan, resume, reporter, request } = build
  const requester = { host: engine.identity.host, pid: engine.identity.pid, version: engine.version }
  const buildId = resume?.state.buildId ?? buildIdFrom(engine.clock.now(), engine.random())
  const state = resume?.state ?? newBuildState(buildId, () => build.graph)
  resume?.graphs.set(plan.event.graph, build.graph)
  const taskIds = build.graph.tasks.map((task) => task.id)
  const fold = new LastResultsFold(tree.results, buildId, () => taskIds, state.fileVersions, state.surroundings)

  const runsAnything = plan.toRun.length > 0
  const executor = runsAnything ? await engine.executor(Math.min(build.slots, runMax(build))) : undefined
  const cache = runsAnything ? await openBuildCache(build) : undefined
  let worker: TaskConsumer | undefined
  try {
    await executor?.start()
    await build.begun(buildId, executor)
    if (executor !== undefined)
      worker = startWorker({
        name: 'local',
        slots: build.slots,
        queue: engine.queue,
        executor,
        workplace: clientWorkplace(tree.files),
        clock: engine.clock,
        ...(cache === undefined ? {} : { blobs: cache.results.blobs }),
      })
    const coordinator = new BuildCoordinator({
      log: engine.log,
      queue: engine.queue,
      clock: engine.clock,
      state,
      epoch: (resume?.epoch ?? 0) + 1,
      ...(resume === undefined ? {} : { head: resume.head }),
      results: tree.results,
      tree: tree.files,
      surroundings: engine,
      ...(cache === undefined ? {} : { cache: cache.results }),
      readText: build.readText,
      plan: () => [plan.event, { type: 'build-started', slots: build.slots }],
      observe: (commit) => {
        for (const event of commit.events) {
          fold.apply(event)
          cache?.count(event)
        }
        reporter.commit(commit, state)
      },
    })
    const cancel = () => coordinator.cancel('interrupted')
    build.signal.addEventListener('abort', cancel)
    const first: BuildEvent =
      resume === undefined ? { type: 'build-requested', request, requester } : { type: 'build-resumed', requester }
    const ended = coordinator.run([first]).finally(() => build.signal.removeEventListener('abort', cancel))
    // While the build was planned nobody listened.
    if (build.signal.aborted) cancel()
    await ended
    await worker?.drain()
  } finally {
    await executor?.close()
    await cache?.close(engine.clock.now())
  }
  const phase = phaseOf(state)
  return {
    buildId,
    status: phase === 'succeeded' || phase === 'cancelled' ? phase : 'failed',
    counts: taskCounts(state),
  }
}
