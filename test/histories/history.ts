import { readFileSync } from 'node:fs'
import { decodeCommit } from '../../events/codec.ts'
import { type Commit, chainStart, type StoredCommit } from '../../events/commit.ts'
import { checkLink } from '../../events/commit-chain.ts'
import { phaseOf, statusOf, taskCounts } from '../../machines/build-state.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import type { Replay } from '../../machines/replay.ts'

/** A history as its file holds it: what the log stored, byte for byte, and the state that it must lead to for ever. */
export interface History {
  /** One line: what happened. */
  readonly about: string
  /** Build graphs by digest. */
  readonly graphs: Readonly<Record<string, BuildGraph>>
  readonly commits: readonly {
    readonly buildId: string
    readonly version: number
    readonly body: string
    readonly hash: string
  }[]
  readonly end: HistoryEnd
}

export type HistoryEnd = ReturnType<typeof endOf>

export function readHistory(name: string): History {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'))
}

/** Commits as they were stored, checked link by link and decoded. */
export function* commitsOf(history: History): Generator<Commit> {
  let hash = chainStart
  for (const [i, { buildId, version, body, hash: bodyHash }] of history.commits.entries()) {
    const stored: StoredCommit = { buildId, version, body: Buffer.from(body), hash: bodyHash }
    checkLink(hash, i + 1, stored)
    yield decodeCommit(stored)
    hash = bodyHash
  }
}

export function graphsOf(history: History): (digest: string) => BuildGraph {
  return (digest) => {
    const graph = history.graphs[digest]
    if (graph === undefined) throw new Error(`the history has no graph ${digest}`)
    return graph
  }
}

/** Of a replayed state, what a history keeps. */
export function endOf({ state, commits }: Replay) {
  const plan = state.plan
  return {
    commits,
    phase: phaseOf(state),
    counts: taskCounts(state),
    statuses: Object.fromEntries((plan?.tasks.graph.tasks ?? []).map(({ id }, task) => [id, statusOf(plan!, task)])),
    fileVersions: state.fileVersions,
    // Format 1 knew none.
    ...(state.surroundings.length > 0 ? { surroundings: state.surroundings } : {}),
    message: state.message ?? null,
  }
}
