import type { BuildCancelled, BuildEvent, BuildRequest } from '../../../events/build-events.ts'
import type { BuildId } from '../../../events/build-id.ts'
import type { Commit } from '../../../events/commit.ts'
import type { Digest, FileVersion } from '../../../events/digest.ts'
import { LastResults } from '../../../events/last-results.ts'
import type { RemoteRequest } from '../../../events/remote-request.ts'
import type { TaskSucceeded } from '../../../events/task-events.ts'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { TaskReport } from '../../../events/task-report.ts'
import { MerkleTree } from '../../../infra/input-tree/input-tree.ts'
import { SourceFetchError } from '../../../infra/source-fetcher/source-fetcher.ts'
import { type BuildState, newBuildState, phaseOf, statusOf } from '../../../machines/build-state.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { Roots } from '../../../machines/keys/roots.ts'
import { BuildCoordinator } from '../build-coordinator.ts'
import type { UnfinishedBuild } from '../unfinished-build.ts'
import { HubQueue } from './hub-queue.ts'
import { InputRoots } from './input-roots.ts'
import { noteMade } from './made-outputs.ts'
import { nonDeterminism } from './non-determinism.ts'
import { placedByDigest } from './placed-by-digest.ts'
import { type PreparedSource, planStaged, refused } from './plan-staged.ts'
import { platformOf } from './platform-of.ts'
import { prepareSource, storeTree, treeAt } from './prepare-source.ts'
import type { ReplicaContext } from './replica-context.ts'
import { StagedTexts } from './staged-texts.ts'
import { StagedTree } from './staged-tree.ts'

/** Programs lie on the workers; where is their platform's business. */
const platformDirectory = '/platform'

/** A build that this replica drives: new, or one that another replica has left. */
export class OwnedBuild {
  readonly buildId: BuildId
  readonly #context: ReplicaContext
  readonly #request: BuildRequest
  readonly #remote: RemoteRequest
  readonly #state: BuildState
  readonly #unfinished: UnfinishedBuild | undefined
  readonly #graphs: Map<Digest, BuildGraph>
  readonly #tree: StagedTree
  readonly #texts: StagedTexts
  readonly #coordinator: BuildCoordinator
  readonly #gone = new AbortController()
  readonly #accepted = Promise.withResolvers<void>()
  #inputRoots: InputRoots | undefined
  /** The attempts that counted, of the tasks that ran to a good end. */
  readonly #succeeded = new Map<number, Pick<TaskSucceeded, 'attempt' | 'worker'>>()
  #callOffDeadline: (() => void) | undefined
  #clientTasks: ReadonlySet<string> | undefined
  /** Of the last stored commit. */
  #version = 0

  constructor(
    context: ReplicaContext,
    build: { readonly buildId: BuildId; readonly request: BuildRequest },
    unfinished?: UnfinishedBuild,
  ) {
    this.#context = context
    this.buildId = build.buildId
    this.#request = build.request
    this.#remote = build.request.remote!
    this.#unfinished = unfinished
    this.#graphs = unfinished?.graphs ?? new Map()
    this.#state = unfinished?.state ?? newBuildState(build.buildId, (digest) => this.#graphs.get(digest)!)
    const { directory, roots = [directory] } = build.request
    this.#tree = new StagedTree({ directory, roots })
    this.#texts = new StagedTexts(directory, this.#tree, context.blobs)
    this.#coordinator = this.#makeCoordinator(roots)
    this.#accepted.promise.catch(() => {})
  }

  /** Resolves when the log holds the request, and rejects when it can't. */
  get accepted(): Promise<void> {
    return this.#accepted.promise
  }

  get request(): BuildRequest {
    return this.#request
  }

  get state(): BuildState {
    return this.#state
  }

  get #epoch(): number {
    return (this.#unfinished?.epoch ?? 0) + 1
  }

  /** Drives the build to its end. Rejects when another replica owns it by now, or the log can't be written. */
  async run(): Promise<void> {
    const { hub, queue } = this.#context
    try {
      this.#heedDeadline()
      await (this.#unfinished === undefined ? this.#begin() : this.#goOn(this.#unfinished))
      // What workers report of a build that has ended is of no use to anybody.
      queue.absorbed(this.buildId)
    } catch (error) {
      this.#accepted.reject(error)
      throw error
    } finally {
      this.#callOffDeadline?.()
      this.#gone.abort()
      hub.end(this.buildId)
      this.#context.telemetry?.forget(this.buildId)
    }
  }

  /** Tells its user something that does not stop it. */
  warn(message: string): void {
    this.#coordinator.record([{ type: 'build-warned', message }])
  }

  cancel(reason: BuildCancelled['reason']): void {
    this.#gone.abort()
    this.#coordinator.cancel(reason)
  }

  /** Stops to drive the build, as if the process died: whoever has it next goes on with it. */
  abandon(): void {
    this.#coordinator.abandon()
  }

  #begin(): Promise<void> {
    const { requester } = this.#context
    return this.#coordinator.run([{ type: 'build-requested', request: this.#request, requester }])
  }

  async #goOn({ commits, state }: UnfinishedBuild): Promise<void> {
    for (const commit of commits) this.#trace(commit)
    const running = new Map<number, { readonly attempt: number; readonly worker: string }>()
    if (state.plan !== undefined && phaseOf(state) === 'running') {
      const source = await this.#readSource(state.source!.inputRoot, state.source!.platform)
      if (typeof source === 'string')
        return this.#coordinator.run([
          { type: 'build-taken-over', requester: this.#context.requester },
          refused(source),
        ])
      this.#tree.begin(source.tree, source.platform)
      for (const { events } of commits)
        for (const event of events) {
          noteMade(event, state, this.#tree)
          if (event.type === 'task-succeeded') this.#succeeded.set(event.task, event)
          if (event.type === 'task-started') running.set(event.task, event)
        }
      this.#dispatch()
      for (const [task, { attempt, worker }] of running)
        if (state.plan.actors.get(task)?.getSnapshot().value === 'running')
          this.#context.hub.adopt({ buildId: this.buildId, task, attempt }, worker)
      // What is in line and not begun is ordered anew.
      await this.#context.queue.withdraw(this.buildId)
    }
    return this.#coordinator.goOn([{ type: 'build-taken-over', requester: this.#context.requester }])
  }

  #makeCoordinator(roots: readonly string[]): BuildCoordinator {
    const { log, clock, queue, hub, blobs, actions } = this.#context
    const unfinished = this.#unfinished
    return new BuildCoordinator({
      log,
      queue: new HubQueue(hub, queue, {
        direct: (order) => this.#toClient(order),
        look: (report) => this.#compare(report),
      }),
      clock,
      state: this.#state,
      epoch: this.#epoch,
      ...(unfinished === undefined ? {} : { head: unfinished.head }),
      results: new LastResults(),
      tree: this.#tree,
      surroundings: this.#surroundings,
      cache: {
        blobs,
        actions,
        roots: new Roots(
          this.#request.directory,
          roots.find((root) => root !== this.#request.directory),
        ),
        place: placedByDigest(this.#tree, blobs, roots),
      },
      readText: this.#texts.readText,
      fetchText: this.#texts.fetch,
      recordsForms: true,
      sharesWorkers: true,
      plan: () => this.#plan(),
      follow: (event) => this.#follow(event),
      observe: (commit) => this.#observe(commit),
    })
  }

  get #surroundings() {
    return {
      toolchain: { parts: () => ({ files: [], headerDirectories: [] }) },
      environment: this.#remote.environment,
      searchPath: platformDirectory,
      // What a client adds is added on purpose.
      addedVariables: Object.keys(this.#remote.environment).sort(),
    }
  }

  async #plan(): Promise<readonly BuildEvent[]> {
    const prepared = this.#state.source
    const source =
      prepared === undefined
        ? await this.#prepareSource()
        : await this.#readSource(prepared.inputRoot, prepared.platform)
    if (typeof source === 'string') return [refused(source)]
    this.#tree.begin(source.tree, source.platform)
    const events = await planStaged({
      request: this.#request,
      log: this.#context.log,
      tree: this.#tree,
      texts: this.#texts,
      surroundings: this.#surroundings,
      durations: await this.#context.durations.of(this.#remote.project),
      keep: (digest, graph) => this.#graphs.set(digest, graph),
    })
    if (prepared !== undefined) return events
    return [{ type: 'source-prepared', inputRoot: source.inputRoot, platform: source.platform }, ...events]
  }

  async #prepareSource(): Promise<PreparedSource | string> {
    const warn = (message: string) => this.warn(message)
    const platform = await platformOf(this.#remote.pool, this.#context.workers, warn, this.#gone.signal)
    const fetched = await this.#fetchSource()
    if (typeof fetched === 'string') return fetched
    const { prepare } = this.#remote
    if (prepare === undefined) return this.#readSource(fetched.inputRoot, platform)
    const prepared = await prepareSource(
      {
        buildId: this.buildId,
        epoch: this.#epoch,
        request: this.#request,
        command: prepare,
        directory: this.#sourceDirectory,
        inputRoot: fetched.inputRoot,
        platform,
        signal: this.#gone.signal,
      },
      this.#context,
    )
    return typeof prepared === 'string' ? prepared : this.#readSource(prepared.inputRoot, platform)
  }

  get #sourceDirectory(): string {
    return this.#request.roots?.at(-1) ?? this.#request.directory
  }

  async #fetchSource(): Promise<{ readonly inputRoot: Digest } | string> {
    const { source } = this.#remote
    const { blobs, fetcher } = this.#context
    if ('snapshot' in source) {
      const isNone = source.snapshot === MerkleTree.empty.digest
      return { inputRoot: isNone ? await storeTree(treeAt(this.#sourceDirectory, []), blobs) : source.snapshot }
    }
    try {
      const { entries, skipped } = await fetcher.fetch(source.git, blobs)
      if (skipped.length > 0) this.warn(`submodules are left out: ${skipped.slice(0, 5).join(', ')}`)
      return { inputRoot: await storeTree(treeAt(this.#sourceDirectory, entries), blobs) }
    } catch (error) {
      if (error instanceof SourceFetchError) return error.message
      throw error
    }
  }

  /** A line that says what is wrong, when the tree can't be read. */
  async #readSource(inputRoot: Digest, platform: string): Promise<PreparedSource | string> {
    const reading = await this.#context.readTree(inputRoot)
    if (reading.kind === 'read') return { inputRoot, tree: reading.tree, platform }
    const [{ path } = { path: '' }] = reading.directories
    return `the sources are not in the cache any more: ${reading.directories.length} directories, first /${path}; request the build again`
  }

  #follow(event: BuildEvent): void {
    noteMade(event, this.#state, this.#tree)
    const idOf = (task: number) => this.#state.plan!.tasks.graph.tasks[task]!.id
    this.#context.durations.note(this.#remote.project, event, idOf)
    if (event.type === 'task-succeeded') this.#succeeded.set(event.task, event)
    else if (event.type === 'task-attempt-failed' && event.failure.lost !== undefined)
      this.#makeAgain(event.task, event.failure.lost)
  }

  /** Has made again what a task could not get, unless that was its last attempt. */
  #makeAgain(reader: number, lost: readonly Digest[]): void {
    if (this.#state.plan?.actors.get(reader)?.getSnapshot().value !== 'queued') return
    // Directories are not made by tasks: they are stored again with the next order.
    this.#inputRoots!.of(reader).noteLost()
    const makers = this.#inputRoots!.makersOf(reader, lost)
    this.#inputRoots!.forget()
    this.#coordinator.record(
      makers.map((task) => ({
        type: 'task-outputs-lost',
        task,
        attempts: this.#succeeded.get(task)?.attempt ?? 0,
        reader,
      })),
    )
  }

  #observe(commit: Commit): void {
    const { events, version } = commit
    this.#trace(commit)
    if (events.some(({ type }) => type === 'build-started')) this.#dispatch()
    this.#version = version
    if (version === 1) this.#accepted.resolve()
  }

  #trace(commit: Commit): void {
    const { plan } = this.#state
    this.#context.telemetry?.commit(commit, (task) => plan?.tasks.graph.tasks[task]?.id ?? `task ${task}`)
  }

  #dispatch(): void {
    const { plan, source } = this.#state
    this.#inputRoots = new InputRoots(plan!.tasks, this.#tree)
    const { project, priority, pool } = this.#remote
    this.#context.hub.begin({
      buildId: this.buildId,
      project,
      priority,
      pool,
      platform: source!.platform,
      sources: this.#tree.sources.digest,
      rank: plan!.rank,
      stage: (order) => this.#stage(order),
      absorb: (report) => this.#coordinator.absorb(report),
      warn: (message) => this.warn(message),
      fail: (error) => this.#coordinator.fail(error),
    })
  }

  async #stage(order: TaskOrder): Promise<TaskOrder> {
    const { blobs } = this.#context
    const tree = this.#inputRoots!.of(order.task)
    await storeTree(tree, blobs)
    const { roots = [this.#request.directory] } = this.#request
    const env = { ...this.#remote.environment, ...order.env }
    return { ...order, env, stage: { inputRoot: tree.digest, roots } }
  }

  /** A second result of a task is of no use but to tell whether the first one was a matter of chance. */
  #compare(report: TaskReport): void {
    const plan = this.#state.plan
    const worker = this.#succeeded.get(report.task)?.worker
    if (report.type !== 'attempt-succeeded' || plan === undefined || worker === undefined) return
    if (statusOf(plan, report.task) !== 'succeeded' || worker === report.worker) return
    const outputs = report.outputs.map(([path]): FileVersion => [path, this.#tree.digest(path)])
    const line = nonDeterminism(plan.tasks.graph.tasks[report.task]!.id, { outputs, worker }, report)
    if (line !== undefined) this.warn(line)
  }

  /** The order as the client gets it, if the task is one of those that stay there. */
  #toClient(order: TaskOrder): TaskOrder | undefined {
    const { client } = this.#remote
    const id = this.#state.plan!.tasks.graph.tasks[order.task]!.id
    this.#clientTasks ??= new Set(client?.tasks)
    if (client === undefined || !this.#clientTasks.has(id)) return undefined
    return { ...order, worker: client.worker, pool: client.worker, afterCommit: this.#version }
  }

  #heedDeadline(): void {
    const { clock } = this.#context
    const { deadlineAt } = this.#remote
    if (deadlineAt === undefined) return
    this.#callOffDeadline = clock.after(Math.max(0, deadlineAt - clock.now()), () => this.cancel('deadline'))
  }
}
