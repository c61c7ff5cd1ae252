import { readFileSync, realpathSync, statSync } from 'node:fs'
import type { BuildRequest, SchedulingPolicy } from '../../events/build-events.ts'
import type { LeaseHolder } from '../../infra/lease/lease-store.ts'
import { canonicalize } from '../../machines/graph/ninja/canonical-path.ts'
import { withDiscoveredReaders } from '../coordinator/discovered-dependencies.ts'
import { type PlanResult, planBuild } from '../coordinator/plan-build.ts'
import { type ReadGraph, readGraph } from '../coordinator/read-graph.ts'
import { inDirectory } from '../in-directory.ts'
import { runEmbeddedBuild } from './embedded-build.ts'
import type { Engine } from './engine.ts'
import type { BuildEnd, Reporter } from './progress/reporter.ts'
import { taskLine } from './progress/task-line.ts'
import { UserError } from './user-error.ts'
import { WorkTree } from './work-tree.ts'

export interface BuildOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  readonly targets: readonly string[]
  readonly jobs: number
  /** Failed tasks after which no further one is started; 0: no limit. */
  readonly failuresMax: number
  readonly policy: SchedulingPolicy
  readonly isDryRun: boolean
  readonly isVerbose: boolean
}

export interface BuildContext {
  readonly engine: Engine
  readonly reporter: Reporter
  /** Writes one line to standard output. */
  readonly print: (line: string) => void
  readonly signal: AbortSignal
}

type GoodPlan = Extract<PlanResult, { ok: true }>

/** Builds what is asked for. Returns the exit code: 0 done, 1 failed, 130 interrupted. Throws {@link UserError}. */
export async function buildCommand(options: BuildOptions, context: BuildContext): Promise<number> {
  const directory = existingDirectory(options.directory)
  const session = new BuildSession({ ...options, directory }, context)
  if (options.isDryRun) return session.dryRun()
  return session.run()
}

class BuildSession {
  readonly #options: BuildOptions
  readonly #context: BuildContext
  readonly #tree: WorkTree
  #lease: LeaseHolder

  constructor(options: BuildOptions, context: BuildContext) {
    this.#options = { ...options, targets: options.targets.map(canonicalTarget) }
    this.#context = context
    const { engine } = context
    this.#tree = new WorkTree(options.directory, engine.sourceTree(options.directory), engine.log, engine.snapshots)
    this.#lease = { process: engine.identity, note: {} }
  }

  /** Prints the commands that would run. */
  async dryRun(): Promise<number> {
    const read = await this.#readGraph()
    await this.#tree.load()
    const manifest = await this.#manifestPlan(read)
    const plan = manifest ?? (await this.#plan(read, this.#targets(read)))
    plan.toRun.forEach((task, i) => {
      const line = taskLine(read.graph.tasks[task]!, this.#options.isVerbose)
      this.#context.print(`[${i + 1}/${plan.toRun.length}] ${line}`)
    })
    if (plan.toRun.length === 0) this.#context.print('nothing to do: everything is up to date')
    return 0
  }

  async run(): Promise<number> {
    const { engine, reporter } = this.#context
    const key = `tree:${this.#options.directory}`
    await this.#acquire(key)
    try {
      let read = await this.#readGraph()
      await this.#tree.load()
      const manifest = await this.#manifestPlan(read)
      if (manifest !== undefined) {
        const end = await this.#build(read, manifest, [canonicalize(read.file)])
        if (end.status !== 'succeeded') return await this.#ended(end)
        read = await this.#readGraph()
      }
      const targets = this.#targets(read)
      const plan = await this.#plan(read, targets)
      for (const warning of read.warnings) reporter.notice(`warning: ${warning}`)
      return await this.#ended(await this.#build(read, plan, targets))
    } finally {
      await engine.leases.release(key, this.#lease)
    }
  }

  async #ended(end: BuildEnd): Promise<number> {
    await this.#context.reporter.end(end)
    if (end.status === 'succeeded') return 0
    return end.status === 'cancelled' ? 130 : 1
  }

  async #build(read: ReadGraph, plan: GoodPlan, targets: readonly string[]): Promise<BuildEnd> {
    const { engine, reporter, signal } = this.#context
    const request = this.#request(read, targets)
    const graphDigest = plan.event.graph
    const resume = await this.#crashed(request)
    const end = await runEmbeddedBuild({
      engine,
      tree: this.#tree,
      request,
      plan,
      graph: read.graph,
      graphDigest,
      slots: this.#options.jobs,
      reporter,
      readText: this.#readText,
      signal,
      ...(resume === undefined ? {} : { resume }),
      begun: async (buildId, executor) => {
        if (executor === undefined) return
        this.#lease = { ...this.#lease, note: { buildId, ...executor.processes() } }
        await engine.leases.update(`tree:${this.#options.directory}`, this.#lease)
      },
    })
    await this.#tree.save(plan.toRun.length > 0)
    return end
  }

  /** The build that a dead process left behind: taken over when this request asks for the same, else closed. */
  async #crashed(request: BuildRequest) {
    const buildId = this.#lease.note.buildId
    if (buildId === undefined) return undefined
    const { engine, reporter } = this.#context
    const { closeCrashedBuild, isSameRequest, loadCrashedBuild } = await import('./crashed-build.ts')
    const crashed = await loadCrashedBuild(engine.log, buildId)
    if (crashed === undefined) return undefined
    if (isSameRequest(crashed, request)) {
      reporter.notice(`resuming build ${buildId}, whose process died`)
      return crashed
    }
    await closeCrashedBuild(engine.log, crashed, engine.clock.now())
    return undefined
  }

  #request(read: ReadGraph, targets: readonly string[]): BuildRequest {
    const { directory, failuresMax, policy } = this.#options
    return { directory, reader: read.reader, file: read.file, targets, failuresMax, policy }
  }

  /** Takes the lease of this directory, waiting while another process builds here. */
  async #acquire(key: string): Promise<void> {
    const { engine, reporter, signal } = this.#context
    for (let isFirst = true; ; isFirst = false) {
      const result = await engine.leases.acquire(key, this.#lease)
      if (result.state === 'acquired') {
        if (result.previous !== undefined) {
          await engine.reapOrphans(result.previous.note)
          // What the dead holder was building stays noted until it is brought to an end.
          const { buildId } = result.previous.note
          if (buildId !== undefined) {
            this.#lease = { ...this.#lease, note: { buildId } }
            await engine.leases.update(key, this.#lease)
          }
        }
        return
      }
      if (isFirst) reporter.notice(`waiting for process ${result.by.process.pid}, which is building here`)
      if (signal.aborted) throw new UserError('interrupted while waiting')
      await new Promise<void>((resolve) => {
        engine.clock.after(leasePollMs, resolve)
      })
    }
  }

  #targets({ graph }: ReadGraph): readonly string[] {
    return withDiscoveredReaders(this.#options.targets, graph, this.#tree.results)
  }

  /** The plan for making the manifest itself, when it has to be made again. */
  async #manifestPlan(read: ReadGraph): Promise<GoodPlan | undefined> {
    const file = read.graph.files.indexOf(canonicalize(read.file))
    if (file < 0 || !read.graph.tasks.some((task) => task.command !== undefined && task.outputs.includes(file)))
      return undefined
    const plan = await this.#plan(read, [canonicalize(read.file)])
    return plan.toRun.length > 0 ? plan : undefined
  }

  async #plan(read: ReadGraph, targets: readonly string[]): Promise<GoodPlan> {
    const plan = await planBuild({
      graph: read.graph,
      keepGraph: () => (this.#options.isDryRun ? read.sources : this.#tree.attachGraph(read.graph, read.sources)),
      request: { targets },
      results: this.#tree.results,
      tree: this.#tree.files,
      readText: this.#readText,
    })
    if (!plan.ok) throw new UserError(plan.message)
    return plan
  }

  async #readGraph(): Promise<ReadGraph> {
    const result = await readGraph(this.#options.directory, this.#options.file)
    if (!result.ok) throw new UserError(result.message)
    return result.read
  }

  readonly #readText = (path: string): string | null => {
    try {
      return readFileSync(inDirectory(this.#options.directory, path), 'utf8')
    } catch {
      return null
    }
  }
}

const leasePollMs = 100

/** `foo.c^` stays a question for the tasks that read foo.c. */
function canonicalTarget(target: string): string {
  return target.endsWith('^') ? `${canonicalize(target.slice(0, -1))}^` : canonicalize(target)
}

function existingDirectory(directory: string): string {
  let isDirectory: boolean
  try {
    isDirectory = statSync(directory).isDirectory()
  } catch (error) {
    throw new UserError(`${directory}: can't be entered (${(error as NodeJS.ErrnoException).code})`)
  }
  if (!isDirectory) throw new UserError(`${directory}: not a directory`)
  return realpathSync(directory)
}
