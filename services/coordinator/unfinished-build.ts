import { decodeCommit } from '../../events/codec.ts'
import { type Commit, chainStart } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'
import { verifiedCommits } from '../../infra/event-log/commit-chain.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { BuildState } from '../../machines/build-state.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import { replayBuild } from '../../machines/replay.ts'

/** A build that has no end in the log: who goes on with it begins here. */
export interface UnfinishedBuild {
  readonly state: BuildState
  /** Of the coordinator that wrote the last commit. */
  readonly epoch: number
  readonly head: { readonly version: number; readonly hash: string }
  /** Where its state looks graphs up: those of its plans so far. The graph may have changed since. */
  readonly graphs: Map<Digest, BuildGraph>
  readonly commits: readonly Commit[]
}

/**
 * Folds a build's log; `undefined` for a build that has ended or that is not there. Rejects with LogDamage and AttachmentDamage when
 * the log does not hold.
 */
export async function foldUnfinishedBuild(log: EventLog, buildId: string): Promise<UnfinishedBuild | undefined> {
  const graphs = new Map<Digest, BuildGraph>()
  const commits: Commit[] = []
  let hash = chainStart
  for await (const stored of verifiedCommits(log.read(buildId))) {
    const commit = decodeCommit(stored)
    for (const event of commit.events)
      if (event.type === 'build-planned' && !graphs.has(event.graph))
        graphs.set(event.graph, JSON.parse(Buffer.from(await log.attachment(event.graph)).toString()))
    commits.push(commit)
    hash = stored.hash
  }
  const last = commits.at(-1)
  if (last === undefined) return undefined
  const { state, ended } = replayBuild(commits, (digest) => graphs.get(digest)!)
  if (ended !== undefined) return undefined
  return { state, head: { version: last.version, hash }, epoch: last.epoch, graphs, commits }
}
