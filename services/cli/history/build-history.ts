import type { BuildPlanned } from '../../../events/build-events.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { Commit } from '../../../events/commit.ts'
import type { Digest } from '../../../events/digest.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { NewerFormat } from '../../../events/newer-format.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { AttachmentDamage, type EventLog } from '../../../infra/event-log/event-log.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { commitAt } from '../commit-at.ts'
import { realDirectory } from '../find-build.ts'
import { RecordedBuild } from './recorded-build.ts'
import { madeRunsIn, type RecordedRun } from './recorded-run.ts'

/** Of an endless history, so many builds are looked through. */
export const buildsMax = 200

/** Builds and graphs that are kept in memory: questions go back and forth between few of them. */
const keptMax = 6

/** Past builds, read when they are asked for: most questions are answered by the newest. */
export class BuildHistory {
  readonly #log: EventLog
  readonly #notice: (line: string) => void
  readonly #noticed = new Set<string>()
  readonly #graphs = new Map<Digest, BuildGraph>()
  readonly #taskNumbers = new WeakMap<BuildGraph, ReadonlyMap<string, number>>()
  readonly #builds = new Map<string, Promise<RecordedBuild>>()
  readonly #directories = new Map<string, string | undefined>()

  /** @param notice is told of each build that can't be read, in one line */
  constructor(log: EventLog, notice: (line: string) => void) {
    this.#log = log
    this.#notice = notice
  }

  /** A whole build, as far as its log goes. Throws `LogDamage` and what else reading can. */
  read(buildId: string): Promise<RecordedBuild> {
    let build = this.#builds.get(buildId)
    if (build === undefined) {
      build = this.#read(buildId, () => false)
      keep(this.#builds, buildId, build)
    }
    return build
  }

  /** A build up to its first plan: which tasks it wanted. */
  readPlanned(buildId: string): Promise<RecordedBuild> {
    return this.#builds.get(buildId) ?? this.#read(buildId, ({ plan }) => plan !== undefined)
  }

  /** What a build tells beside the one that is asked about; `undefined` where its log can't be read: it is left out. */
  async readable<Content>(read: () => Promise<Content>): Promise<Content | undefined> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof LogDamage || error instanceof AttachmentDamage || error instanceof NewerFormat))
        throw error
      if (!this.#noticed.has(error.message)) this.#notice(`warning: ${error.message}; left out`)
      this.#noticed.add(error.message)
      return undefined
    }
  }

  /** Names of the newest builds, those of one directory or of all, that were requested before another. */
  async *builds(directory: string | undefined, before?: string): AsyncGenerator<string, void> {
    const own = directory === undefined ? undefined : realDirectory(directory)
    let count = 0
    for await (const { buildId } of this.#log.builds()) {
      if (before !== undefined && buildId >= before) continue
      if (own !== undefined && (await this.readable(() => this.#directoryOf(buildId))) !== own) continue
      yield buildId
      if (++count === buildsMax) return
    }
  }

  /** Ends of runs of a task, newest first, in builds before another one and in that one before its last plan. */
  async *runsBefore(
    build: RecordedBuild,
    taskId: string,
    directory: string | undefined,
  ): AsyncGenerator<RecordedRun, void> {
    yield* madeRunsIn(build, taskId, build.plans.slice(0, -1))
    for await (const buildId of this.builds(directory, build.buildId)) {
      const earlier = await this.readable(() => this.#readMentioning(buildId, taskId))
      if (earlier !== undefined) yield* madeRunsIn(earlier, taskId, earlier.plans)
    }
  }

  /** Most builds leave most tasks alone: then nothing of them has to be decoded but the plan. */
  async #readMentioning(buildId: string, taskId: string): Promise<RecordedBuild | undefined> {
    if (this.#builds.has(buildId)) return this.read(buildId)
    let mentions: readonly string[] = []
    for await (const stored of this.#log.read(buildId)) {
      const body = Buffer.from(stored.body.buffer, stored.body.byteOffset, stored.body.byteLength)
      if (body.includes('"build-planned"')) {
        for (const event of decodeCommit(stored).events) {
          if (event.type !== 'build-planned') continue
          const number = this.#taskNumbersOf(await this.#graph(event.graph)).get(taskId)
          if (number !== undefined) mentions = [`"task":${number},`, `"task":${number}}`]
        }
      }
      if (mentions.some((mention) => body.includes(mention))) return this.read(buildId)
    }
    return undefined
  }

  async #directoryOf(buildId: string): Promise<string | undefined> {
    if (!this.#directories.has(buildId)) {
      const [first] = (await commitAt(this.#log, buildId, 1)).events
      this.#directories.set(buildId, first?.type === 'build-requested' ? first.request.directory : undefined)
    }
    return this.#directories.get(buildId)
  }

  async #read(buildId: string, isEnough: (build: RecordedBuild) => boolean): Promise<RecordedBuild> {
    let build: RecordedBuild | undefined
    const graphs = new Map<Digest, BuildGraph>()
    const graphOf = ({ graph }: BuildPlanned) => graphs.get(graph)!
    for await (const stored of verifiedCommits(this.#log.read(buildId))) {
      const commit = decodeCommit(stored)
      await this.#loadGraphs(commit, graphs)
      build ??= new RecordedBuild(commit, graphOf)
      build.apply(commit)
      if (isEnough(build)) break
    }
    if (build === undefined) throw new LogDamage(buildId, 1, 'it is missing')
    return build
  }

  async #loadGraphs({ buildId, version, events }: Commit, graphs: Map<Digest, BuildGraph>): Promise<void> {
    for (const event of events) {
      if (event.type !== 'build-planned' || graphs.has(event.graph)) continue
      try {
        graphs.set(event.graph, await this.#graph(event.graph))
      } catch (error) {
        if (!(error instanceof AttachmentDamage)) throw error
        throw new LogDamage(buildId, version, error.message)
      }
    }
  }

  async #graph(digest: Digest): Promise<BuildGraph> {
    let graph = this.#graphs.get(digest)
    if (graph === undefined) {
      graph = JSON.parse(Buffer.from(await this.#log.attachment(digest)).toString()) as BuildGraph
      keep(this.#graphs, digest, graph)
    }
    return graph
  }

  #taskNumbersOf(graph: BuildGraph): ReadonlyMap<string, number> {
    let numbers = this.#taskNumbers.get(graph)
    if (numbers === undefined) {
      numbers = new Map(graph.tasks.map(({ id }, number) => [id, number]))
      this.#taskNumbers.set(graph, numbers)
    }
    return numbers
  }
}

function keep<Content>(kept: Map<string, Content>, key: string, content: Content): void {
  kept.set(key, content)
  const [oldest] = kept.keys()
  if (kept.size > keptMax) kept.delete(oldest!)
}
