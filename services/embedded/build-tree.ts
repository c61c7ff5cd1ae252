import type { BuildRequest } from '../../events/build-events.ts'
import { canonicalize } from '../../machines/graph/ninja/canonical-path.ts'
import type { Roots } from '../../machines/keys/roots.ts'
import { readersVersion } from '../coordinator/graph-readers-version.ts'
import type { ReadGraph } from '../coordinator/read-graph.ts'
import type { BuildContext, BuildOptions } from './build-options.ts'
import { recordStandingBuild } from './record-standing-build.ts'
import type { BuildEnd } from './reporter.ts'
import type { StandingPlan, StandingQuestion } from './standing-plan.ts'
import { type TreeLease, takeTreeLease } from './tree-lease.ts'
import type { GoodPlan, TreePlanner } from './tree-planner.ts'
import { treeRoots } from './tree-roots.ts'
import { WorkTree } from './work-tree.ts'

/** Builds in a work tree while nobody else does. Returns the exit code. */
export async function buildTree(options: BuildOptions, context: BuildContext): Promise<number> {
  const { engine, reporter, signal } = context
  const notice = (line: string) => reporter.notice(line)
  const lease = await takeTreeLease(engine, options.directory, { notice, signal })
  const session = new BuildSession(options, context, lease)
  try {
    const end = await session.run()
    await reporter.end(end)
    if (end.status === 'succeeded') return 0
    return end.status === 'cancelled' ? 130 : 1
  } finally {
    // A build that has no end in the log stays noted for the next one.
    if (!session.owesEnd) await lease.release()
  }
}

class BuildSession {
  readonly #options: BuildOptions
  readonly #context: BuildContext
  readonly #lease: TreeLease
  readonly #tree: WorkTree
  /** Known when there is something to plan. */
  #knownRoots: Roots | undefined
  #crashedBuildId: string | undefined
  /** A build was begun and has not come to its end: the log can't be written. */
  #isUnderWay = false

  constructor(options: BuildOptions, context: BuildContext, lease: TreeLease) {
    const { engine } = context
    this.#options = options
    this.#context = context
    this.#lease = lease
    this.#crashedBuildId = lease.crashedBuildId
    this.#tree = new WorkTree(
      options.directory,
      engine.sourceTree(options.directory),
      engine.log,
      engine.snapshots,
      engine.toolSnapshots,
    )
  }

  get #roots(): Roots {
    this.#knownRoots ??= treeRoots(this.#options.directory, this.#options.root)
    return this.#knownRoots
  }

  /** A build that the lease names has no end in the log. */
  get owesEnd(): boolean {
    return this.#crashedBuildId !== undefined || this.#isUnderWay
  }

  async run(): Promise<BuildEnd> {
    const standing = this.owesEnd
      ? undefined
      : await this.#tree.standingPlan(this.#question, this.#context.engine.environment)
    if (standing !== undefined) {
      const end = await recordStandingBuild(standing, this.#options, this.#context)
      await this.#tree.moveOn()
      return this.#timed(end)
    }
    const { TreePlanner } = await import('./tree-planner.ts')
    const planner = new TreePlanner(this.#options, this.#tree, this.#context.engine)
    for (const line of await this.#tree.load()) this.#context.reporter.notice(line)
    let read = await planner.readGraph()
    const manifest = await planner.manifestPlan(read)
    if (manifest !== undefined) {
      const end = await this.#build(planner, read, manifest, [canonicalize(read.file)])
      if (end.status !== 'succeeded') return end
      read = await planner.readGraph()
    }
    const targets = planner.targets(read)
    const plan = await planner.plan(read, targets)
    for (const warning of read.warnings) this.#context.reporter.notice(`warning: ${warning}`)
    const end = await this.#build(planner, read, plan, targets)
    const isDone = end.status === 'succeeded' && plan.toRun.length === 0
    if (isDone && read.warnings.length === 0) await this.#keepStanding(read, plan, targets, end)
    return end
  }

  async #build(planner: TreePlanner, read: ReadGraph, plan: GoodPlan, targets: readonly string[]): Promise<BuildEnd> {
    const { engine, reporter, signal } = this.#context
    const { runEmbeddedBuild } = await import('./embedded-build.ts')
    const request = this.#request(read, targets)
    const resume = await this.#crashed(request)
    const end = await runEmbeddedBuild({
      engine,
      tree: this.#tree,
      request,
      plan,
      graph: read.graph,
      slots: this.#options.jobs,
      roots: this.#roots,
      reporter,
      readText: planner.readText,
      signal,
      ...(resume === undefined ? {} : { resume }),
      begun: async (buildId, executor) => {
        this.#crashedBuildId = undefined
        this.#isUnderWay = true
        await this.#lease.note({ buildId, ...executor?.processes() })
      },
    })
    this.#isUnderWay = false
    await this.#tree.save(plan.toRun.length > 0)
    return this.#timed(end)
  }

  /** The build that a dead process left behind: taken over when this request asks for the same, else closed. */
  async #crashed(request: BuildRequest) {
    if (this.#crashedBuildId === undefined) return undefined
    const { engine, reporter } = this.#context
    const { closeCrashedBuild, isSameRequest, loadCrashedBuild } = await import('./crashed-build.ts')
    const notice = (line: string) => reporter.notice(line)
    const crashed = await loadCrashedBuild(engine.log, this.#crashedBuildId, notice)
    if (crashed === undefined) return undefined
    if (isSameRequest(crashed, request)) {
      reporter.notice(`resuming build ${this.#crashedBuildId}, whose process died`)
      return crashed
    }
    await closeCrashedBuild(engine.log, crashed, engine.clock.now())
    return undefined
  }

  get #question(): StandingQuestion {
    const { directory, file, targets, failuresMax, policy, root } = this.#options
    const { version } = this.#context.engine
    return { version, readersVersion, directory, file: file ?? null, targets, failuresMax, policy, root: root ?? null }
  }

  #keepStanding(read: ReadGraph, plan: GoodPlan, targets: readonly string[], { counts }: BuildEnd): Promise<void> {
    const standing: StandingPlan = {
      question: this.#question,
      variables: plan.variables,
      request: this.#request(read, targets),
      planned: plan.event,
      succeeded: { type: 'build-succeeded', counts },
    }
    return this.#tree.saveStandingPlan(standing)
  }

  #request({ reader, file }: ReadGraph, targets: readonly string[]): BuildRequest {
    const { directory, failuresMax, policy } = this.#options
    return { directory, reader, file, targets, failuresMax, policy, roots: this.#roots.paths }
  }

  #timed(end: Omit<BuildEnd, 'wallMs'>): BuildEnd {
    const { clock, startedAt } = this.#context.engine
    return { ...end, wallMs: Math.round(clock.now() - startedAt) }
  }
}
