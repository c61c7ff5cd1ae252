import { decodeCommit } from '../../../events/codec.ts'
import type { Commit } from '../../../events/commit.ts'
import type { Digest } from '../../../events/digest.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { AttachmentDamage, type EventLog } from '../../../infra/event-log/event-log.ts'
import { type BuildState, newBuildState, phaseOf } from '../../../machines/build-state.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { step } from '../../../machines/step.ts'

/** A commit, and the build's state right after it. The state is one object that each further commit advances. */
export interface ReplayedCommit {
  readonly commit: Commit
  readonly state: BuildState
}

/** A recorded build: every read checks the hash chain and folds what it reads. */
export class ReplayedBuild {
  readonly buildId: string
  readonly #log: EventLog
  readonly #graphs = new Map<Digest, BuildGraph>()

  constructor(log: EventLog, buildId: string) {
    this.#log = log
    this.buildId = buildId
  }

  /**
   * The commits in order, each with the state that it leads to. Throws {@link LogDamage} at the first one that is not
   * what was written, cannot follow, or names an attachment that is damaged; those before it were yielded. Behind a build
   * that has not ended, throws it too where the storage has lost something: the commit may have been there.
   *
   * @param isBeyond true for the first commit that is not wanted: it is not folded, and the replay ends there
   */
  async *commits(isBeyond?: (commit: Commit) => boolean): AsyncGenerator<ReplayedCommit, void> {
    const state = this.newState()
    let version = 0
    for await (const stored of verifiedCommits(this.#log.read(this.buildId))) {
      const commit = decodeCommit(stored)
      if (isBeyond?.(commit)) return
      await this.#loadGraphs(commit)
      foldCommit(state, commit)
      version = commit.version
      yield { commit, state }
    }
    if (['succeeded', 'failed', 'cancelled'].includes(phaseOf(state))) return
    const damage = await this.storageDamage()
    if (damage !== undefined) throw new LogDamage(this.buildId, version + 1, `it may be missing: ${damage}`)
  }

  /** The state before the first commit; `commits` must have loaded the graphs that are folded into it. */
  newState(): BuildState {
    return newBuildState(this.buildId, (digest) => this.#graphs.get(digest)!)
  }

  /** What is wrong with the storage of the log, in one line. */
  storageDamage(): Promise<string | undefined> {
    return this.#log.storageDamage()
  }

  /** An attachment that a commit names. Throws {@link LogDamage}. */
  async attachment(commit: Commit, digest: Digest): Promise<Uint8Array> {
    try {
      return await this.#log.attachment(digest)
    } catch (error) {
      if (!(error instanceof AttachmentDamage)) throw error
      throw new LogDamage(this.buildId, commit.version, error.message)
    }
  }

  async #loadGraphs(commit: Commit): Promise<void> {
    for (const event of commit.events)
      if (event.type === 'build-planned' && !this.#graphs.has(event.graph)) {
        const bytes = await this.attachment(commit, event.graph)
        this.#graphs.set(event.graph, JSON.parse(Buffer.from(bytes).toString()) as BuildGraph)
      }
  }
}

/** Folds one commit. Throws {@link LogDamage} for one that cannot follow. */
export function foldCommit(state: BuildState, { buildId, version, events }: Commit): void {
  for (const event of events)
    try {
      step(state, event)
    } catch (error) {
      throw new LogDamage(buildId, version, error instanceof Error ? error.message : String(error))
    }
}
