import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'

/** The memory of every build: an append-only log per build, and the attachments that its events name by digest. */
export interface EventLog {
  /**
   * Stores a commit if its version is absent, whole or not at all, behind the build's last one. `conflict`: that version
   * is there already (another coordinator owns the build), or the one before it is not. Rejects with
   * {@link EventLogError} when nothing could be stored.
   */
  append(commit: StoredCommit): AppendResult | Promise<AppendResult>
  /** A build's commits by version, from `fromVersion` on; empty for a build that is not there. */
  read(buildId: BuildId, fromVersion?: number): AsyncIterable<StoredCommit>
  /** Every build's commits stored behind `position`, in the order stored. */
  readAfter(position: number): AsyncIterable<PositionedCommit>
  /** Position of the newest commit; 0 for an empty log. */
  position(): Promise<number>
  /** Newest builds first, with the version of their last commit. */
  builds(): AsyncIterable<{ readonly buildId: BuildId; readonly lastVersion: number }>
  /** Stores bytes under their digest, before a commit names it. Storing them again does nothing. */
  attach(content: Uint8Array): Digest | Promise<Digest>
  /** Whether an attachment is there. */
  hasAttachment(digest: Digest): boolean | Promise<boolean>
  /** Checked against the digest: rejects with {@link AttachmentDamage} when it does not match or is missing. */
  attachment(digest: Digest): Promise<Uint8Array>
  /**
   * Looks for damage beneath the commits, where a lost one would not show: one line that says what is wrong, or undefined
   * when the storage is whole. Takes as long as reading all of it.
   */
  storageDamage(): Promise<string | undefined>
  close(): Promise<void>
}

/** A log that tells, while it is open, what other processes append. */
export interface FollowableLog extends EventLog {
  /**
   * A build's commits by version from `fromVersion` (at least 1) on, as {@link EventLog.read}, then each further one once it
   * is stored, until the signal is aborted: then the sequence ends. Outages of the storage that end in time are waited out;
   * a longer one, or damage, ends it with an error.
   */
  follow(buildId: BuildId, fromVersion: number, signal: AbortSignal): AsyncIterable<StoredCommit>
  /**
   * Every build's commits stored behind `position`, in the order stored, past and to come; by default those that are stored
   * from the first step of the iteration on. Ends as {@link follow} does.
   */
  followAll(signal: AbortSignal, position?: number): AsyncIterable<CommitNotice>
}

/** A commit was stored. */
export interface CommitNotice {
  readonly buildId: BuildId
  readonly version: number
  readonly position: number
}

export type AppendResult = 'appended' | 'conflict'

export interface PositionedCommit extends StoredCommit {
  /** Grows with every commit of the log; not without gaps. */
  readonly position: number
}

/** The log can't be opened, read or written. The message is one line and says how to mend it. */
export class EventLogError extends Error {
  override readonly name = 'EventLogError'
}

/** An attachment is missing or is not what its digest says. */
export class AttachmentDamage extends Error {
  override readonly name = 'AttachmentDamage'
}
