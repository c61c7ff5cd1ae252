import type { JsMsg, StoredMsg } from '@nats-io/jetstream'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { BuildId } from '../../events/build-id.ts'
import type { StoredCommit } from '../../events/commit.ts'
import type { Digest } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { AttachmentDamage, type PositionedCommit } from './event-log.ts'
import type { JetStreamAttachments } from './jetstream-attachments.ts'

/** A larger body is kept as an attachment: a message holds up those behind it. */
export const inlineBytesMax = 256 * 1024

const hashHeader = 'Millrace-Hash'
const attachmentHeader = 'Millrace-Attachment'

/** How a commit is stored: its body, or nothing and the digest of the attachment that is the body; its hash beside it. */
export interface CommitMessage {
  readonly body: Uint8Array
  readonly headers: MsgHdrs
}

export async function commitMessage(
  { body, hash }: StoredCommit,
  attachments: JetStreamAttachments,
): Promise<CommitMessage> {
  const described = headers()
  described.set(hashHeader, hash)
  if (body.byteLength <= inlineBytesMax) return { body, headers: described }
  described.set(attachmentHeader, await attachments.add(body))
  return { body: new Uint8Array(), headers: described }
}

/** Build and version that a subject names; the version is NaN where none is. */
export function commitOfSubject(subject: string): { readonly buildId: BuildId; readonly version: number } {
  const end = subject.lastIndexOf('.')
  return {
    buildId: subject.slice(subject.lastIndexOf('.', end - 1) + 1, end),
    version: Number(subject.slice(end + 1)),
  }
}

/** Hash that is kept beside a commit; empty where none is. */
export function hashOf(message: StoredMsg): string {
  return message.header?.get(hashHeader) ?? ''
}

/** A message as the commit that it is. */
export function commitOf(message: JsMsg | StoredMsg): PositionedCommit | BodylessCommit {
  const described = 'header' in message ? message.header : message.headers
  const { buildId, version } = commitOfSubject(message.subject)
  const hash = described?.get(hashHeader) ?? ''
  const attachment = described?.get(attachmentHeader) ?? ''
  // A copy: the library's bytes are a view of all that came with them.
  const commit = { position: message.seq, buildId, version, body: new Uint8Array(message.data), hash }
  return attachment === '' ? commit : { ...commit, attachment }
}

/** A commit without its body yet. */
export type BodylessCommit = PositionedCommit & { readonly attachment: Digest }

export function isBodyless(commit: PositionedCommit): commit is BodylessCommit {
  return 'attachment' in commit
}

/** Rejects with {@link LogDamage} where the attachment that is its body does not hold. */
export async function withBody(
  { attachment, ...commit }: BodylessCommit,
  attachments: JetStreamAttachments,
): Promise<PositionedCommit> {
  try {
    return { ...commit, body: await attachments.get(attachment) }
  } catch (error) {
    if (error instanceof AttachmentDamage) throw new LogDamage(commit.buildId, commit.version, error.message)
    throw error
  }
}
