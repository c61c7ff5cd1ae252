import type { BuildEvent, BuildRequest } from '../../events/build-events.ts'
import { type Digest, sha256Hex } from '../../events/digest.ts'
import type { LastResultsSnapshot } from '../../events/last-results.ts'
import { LastResults, LastResultsFold } from '../../events/last-results.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { AttachmentDamage, type EventLog } from '../../infra/event-log/event-log.ts'
import type { SnapshotStore } from '../../infra/snapshot-store/snapshot-store.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import { type Environment, variableValue } from '../coordinator/task-surroundings.ts'
import { SharedTools } from './shared-tools.ts'
import { decodeStandingPlan, encodeStandingPlan, type StandingPlan, type StandingQuestion } from './standing-plan.ts'

/**
 * What is remembered of one work tree between builds: the last results (a fold of the event log), what its files looked
 * like, and under which digest its graph is attached to the log. All of it is a cache and can be lost.
 */
export class WorkTree {
  readonly #log: EventLog
  readonly #snapshots: SnapshotStore
  readonly #directory: string
  readonly #key: string
  readonly files: SourceTree
  readonly tools: SharedTools
  results = new LastResults()
  #graph: { readonly sources: Digest; readonly graph: Digest } | undefined
  /** The log told of results that the snapshot lacked. */
  #hasCaughtUp = false

  /** @param shared what all trees of the user know; by default what is kept of this one alone */
  constructor(
    directory: string,
    files: SourceTree,
    log: EventLog,
    snapshots: SnapshotStore,
    shared: SnapshotStore = snapshots,
  ) {
    this.#directory = directory
    this.#key = sha256Hex(directory).slice(0, 32)
    this.files = files
    this.#log = log
    this.#snapshots = snapshots
    this.tools = new SharedTools(shared, files)
  }

  /**
   * Loads the snapshots and folds in what the log has beyond them. Returns what can't be read of it, a line each: without
   * that, tasks may run again, no worse.
   */
  async load(): Promise<readonly string[]> {
    const [results, position, files, graph] = await Promise.all(
      ['results', 'position', 'files', 'graph'].map((name) => this.#snapshots.load(`${this.#key}-${name}`)),
    )
    if (files) this.files.restore(files)
    await this.tools.load()
    if (graph) this.#graph = JSON.parse(Buffer.from(graph).toString())
    const snapshot = results ? (JSON.parse(Buffer.from(results).toString()) as LastResultsSnapshot) : undefined
    if (snapshot?.v === 2) {
      this.results = LastResults.fromSnapshot(snapshot)
      // Builds that ran nothing move only the position, which is kept beside the results.
      if (position)
        this.results.position = Math.max(this.results.position, JSON.parse(Buffer.from(position).toString()))
    }
    return this.#catchUp()
  }

  /** Digest under which the log holds the graph; attaches it when it is new. */
  async attachGraph(graph: BuildGraph, sources: Digest): Promise<Digest> {
    if (this.#graph?.sources === sources && (await this.#log.hasAttachment(this.#graph.graph))) return this.#graph.graph
    const digest = await this.#log.attach(Buffer.from(JSON.stringify(graph)))
    this.#graph = { sources, graph: digest }
    await this.#save('graph', Buffer.from(JSON.stringify(this.#graph)))
    return digest
  }

  /** Keeps what is remembered. Called between builds, never while one of this tree is under way. */
  async save(hasRun: boolean): Promise<void> {
    this.results.position = await this.#log.position()
    const files = this.files.snapshot()
    if (files !== null) await this.#save('files', files)
    // A plan that found nothing to do may lean on results that the build has replaced, though its files stayed.
    if (hasRun || this.#hasCaughtUp) await this.#save('standing', new Uint8Array())
    // Before the position, which says that they hold all that the log tells.
    if (hasRun || this.#hasCaughtUp) await this.#save('results', Buffer.from(JSON.stringify(this.results.toSnapshot())))
    this.#hasCaughtUp = false
    await this.moveOn()
  }

  /** Notes that the log holds nothing up to now that the saved results lack. */
  async moveOn(): Promise<void> {
    await this.#save('position', Buffer.from(String(await this.#log.position())))
  }

  /** The last plan that found nothing to do, if it answers the question and its files and the log still bear it out. */
  async standingPlan(question: StandingQuestion, environment: Environment): Promise<StandingPlan | undefined> {
    const bytes = await this.#snapshots.load(`${this.#key}-standing`)
    if (bytes === null) return undefined
    const variableNow = (name: string) => variableValue(name, environment)[1]
    const plan = decodeStandingPlan(bytes, question, variableNow, (footprint) => this.files.isAsIn(footprint))
    return plan !== undefined && (await this.#log.hasAttachment(plan.planned.graph)) ? plan : undefined
  }

  async saveStandingPlan(plan: StandingPlan): Promise<void> {
    const footprint = this.files.footprint()
    if (footprint !== null) await this.#save('standing', encodeStandingPlan(plan, footprint))
  }

  #save(name: string, content: Uint8Array): Promise<void> {
    return this.#snapshots.save(`${this.#key}-${name}`, content)
  }

  async #catchUp(): Promise<readonly string[]> {
    if ((await this.#log.position()) === this.results.position) return []
    const unreadable: string[] = []
    const { decodeCommit } = await import('../../events/codec.ts')
    const folds = new Map<string, LastResultsFold | 'foreign'>()
    const taskIds = new Map<Digest, readonly string[]>()
    for await (const stored of this.#log.readAfter(this.results.position)) {
      if (folds.get(stored.buildId) === 'foreign' || (stored.version > 1 && !folds.has(stored.buildId))) continue
      try {
        const { events } = decodeCommit(stored)
        if (stored.version === 1)
          folds.set(stored.buildId, this.#isOurs(events) ? this.#fold(stored.buildId, taskIds) : 'foreign')
        const fold = folds.get(stored.buildId)
        if (fold === undefined || fold === 'foreign') continue
        for (const event of events) {
          if (event.type === 'build-planned') await this.#knowTaskIds(event.graph, taskIds)
          fold.apply(event)
        }
      } catch (error) {
        if (!(error instanceof LogDamage || error instanceof AttachmentDamage)) throw error
        // Of a first commit it can't be told whose build it is.
        if (stored.version > 1) unreadable.push(`warning: ${error.message}; what it ran may run again`)
        folds.set(stored.buildId, 'foreign')
      }
      this.#hasCaughtUp = true
    }
    this.results.position = await this.#log.position()
    return unreadable
  }

  async #knowTaskIds(graph: Digest, taskIds: Map<Digest, readonly string[]>): Promise<void> {
    if (taskIds.has(graph)) return
    const { tasks } = JSON.parse(Buffer.from(await this.#log.attachment(graph)).toString()) as BuildGraph
    taskIds.set(
      graph,
      tasks.map((task) => task.id),
    )
  }

  #fold(buildId: string, taskIds: ReadonlyMap<Digest, readonly string[]>): LastResultsFold {
    return new LastResultsFold(this.results, buildId, (graph) => taskIds.get(graph) ?? [])
  }

  #isOurs(events: readonly BuildEvent[]): boolean {
    const first = events[0]
    return first?.type === 'build-requested' && (first.request satisfies BuildRequest).directory === this.#directory
  }
}
