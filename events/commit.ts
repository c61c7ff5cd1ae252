import type { BuildEvent } from './build-events.ts'
import type { BuildId } from './build-id.ts'
import { sha256Hex } from './digest.ts'

/** Format version of a commit's encoding. */
export const commitFormat = 2

/**
 * One entry of a build's log: a batch of events that is stored whole or not at all. The log is a hash chain: `prev` is
 * the SHA-256 of the previous commit's stored bytes, so a gap, a truncation or a changed byte shows.
 */
export interface Commit {
  readonly v: number
  readonly buildId: BuildId
  /** Counts from 1 within the build, without gaps. */
  readonly version: number
  /** Counts the coordinators that owned the build, from 1. */
  readonly epoch: number
  /** Lower-case hex SHA-256 of the previous commit's bytes; 64 zeros for the first. */
  readonly prev: string
  /** When it was made, in ms since 1970. */
  readonly at: number
  readonly events: readonly BuildEvent[]
}

/** A commit as it is stored: its bytes (UTF-8 JSON) and, kept beside them, their SHA-256. */
export interface StoredCommit {
  readonly buildId: BuildId
  readonly version: number
  readonly body: Uint8Array
  readonly hash: string
}

/** `prev` of a build's first commit. */
export const chainStart = '0'.repeat(64)

export function encodeCommit(commit: Commit): StoredCommit {
  const body = Buffer.from(JSON.stringify(commit))
  return { buildId: commit.buildId, version: commit.version, body, hash: sha256Hex(body) }
}
