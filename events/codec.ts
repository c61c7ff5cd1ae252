import type { $ZodIssue } from 'zod/v4/core'
import type { BuildEvent } from './build-events.ts'
import type { Commit, StoredCommit } from './commit.ts'
import { sha256Hex } from './digest.ts'
import { buildEventSchema, commitEnvelopeSchema, knownEventTypes } from './event-schemas.ts'
import { LogDamage } from './log-damage.ts'
import { NewerFormat } from './newer-format.ts'
import { type RawEvent, type Upcast, upcastEvents, upcasts } from './upcasts.ts'

/**
 * A stored commit's content, in the current format. Checks the bytes against their hash, the name and version against
 * the stored ones, and each event against its schema. That it follows the commit before is `checkLink`'s part.
 *
 * Throws {@link LogDamage} when the bytes are not what was written, and {@link NewerFormat} when they hold a format or
 * an event that this release does not know.
 *
 * @param chain turns older formats into the current one; the number of its steps says which format is current
 */
export function decodeCommit(stored: StoredCommit, chain: readonly Upcast[] = upcasts): Commit {
  const damaged = (what: string) => new LogDamage(stored.buildId, stored.version, what)
  if (sha256Hex(stored.body) !== stored.hash) throw damaged('its bytes do not match their hash')
  const raw = parseJson(stored, damaged)
  const format = raw.v
  const current = chain.length + 1
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1) throw damaged('it has no format version')
  if (format > current)
    throw new NewerFormat(stored.buildId, stored.version, `format ${format}, this release knows up to ${current}`)
  const envelope = commitEnvelopeSchema.safeParse(raw)
  if (!envelope.success) throw damaged(describeIssue(envelope.error.issues[0]))
  const { buildId, version, events } = envelope.data
  if (buildId !== stored.buildId || version !== stored.version)
    throw damaged(`it says to be commit ${version} of build ${buildId}`)
  return { ...envelope.data, v: current, events: decodeEvents(stored, rawEvents(events, damaged), format, chain) }
}

type Damaged = (what: string) => LogDamage

function parseJson(stored: StoredCommit, damaged: Damaged): Readonly<Record<string, unknown>> {
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(stored.body.buffer, stored.body.byteOffset, stored.body.byteLength).toString())
  } catch {
    throw damaged('it is not JSON')
  }
  if (!isRecord(raw)) throw damaged('it is no JSON object')
  return raw
}

function rawEvents(values: readonly unknown[], damaged: Damaged): readonly RawEvent[] {
  return values.map((value, i) => {
    if (!isRecord(value) || typeof value.type !== 'string') throw damaged(`event ${i + 1} has no type`)
    return value as RawEvent
  })
}

function decodeEvents(
  stored: StoredCommit,
  raw: readonly RawEvent[],
  format: number,
  chain: readonly Upcast[],
): readonly BuildEvent[] {
  return upcastEvents(raw, format, chain).map((event, i) => {
    const parsed = buildEventSchema.safeParse(event)
    if (parsed.success) return parsed.data
    if (!knownEventTypes.has(event.type))
      throw new NewerFormat(stored.buildId, stored.version, `event '${event.type}' is unknown to this release`)
    const issue = describeIssue(parsed.error.issues[0])
    throw new LogDamage(stored.buildId, stored.version, `event ${i + 1} (${event.type}): ${issue}`)
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describeIssue(issue: $ZodIssue | undefined): string {
  if (issue === undefined) return 'it has not the expected shape'
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}
