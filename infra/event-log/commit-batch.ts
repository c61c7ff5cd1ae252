import type { SQLOutputValue, StatementSync } from 'node:sqlite'
import { DamagedRow } from '../sqlite/sqlite-trouble.ts'
import type { PositionedCommit } from './event-log.ts'

/** Commits that were read at once. */
export interface CommitBatch {
  readonly commits: readonly PositionedCommit[]
  readonly isLast: boolean
  /** What ended the batch early. The commits before it are good. */
  readonly error?: unknown
}

/** Bounds what a reader holds in memory, and how long it blocks the process. */
const batchBytesMax = 1024 * 1024
const batchCommitsMax = 256

/**
 * Reads some commits at once and lets go of the database: a statement left open between two steps of a slow reader would
 * keep its old view of the file, on which this connection could not append. The statement's first parameter is where it
 * starts, and its rows ascend from there by `order`.
 */
export function readBatch(
  select: StatementSync,
  order: 'version' | 'position',
  from: number,
  ...parameters: readonly string[]
): CommitBatch {
  const commits: PositionedCommit[] = []
  let bytes = 0
  let last = from - 1
  try {
    for (const row of select.iterate(from, ...parameters)) {
      const commit = commitOf(row)
      if (commit[order] <= last) throw new DamagedRow()
      last = commit[order]
      commits.push(commit)
      bytes += commit.body.byteLength
      if (bytes >= batchBytesMax || commits.length >= batchCommitsMax) return { commits, isLast: false }
    }
    return { commits, isLast: true }
  } catch (error) {
    return { commits, isLast: false, error }
  }
}

/** Throws {@link DamagedRow} for values that were never stored. */
function commitOf(row: Record<string, SQLOutputValue>): PositionedCommit {
  const { position, build_id: buildId, version, body, hash } = row
  if (typeof position !== 'number' || typeof version !== 'number') throw new DamagedRow()
  if (typeof buildId !== 'string' || typeof hash !== 'string' || !(body instanceof Uint8Array)) throw new DamagedRow()
  return { position, buildId, version, body, hash }
}
