import assert from 'node:assert'
import { hash } from 'node:crypto'
import type { ActionResult } from '../../events/action-result.ts'
import { packAtOnce, unpackAtOnce } from '../redis/packed-value.ts'
import type { ActionKey, CachedAction, ReadSet, TaskKey } from './action-cache.ts'
import { decodeResult, encodeResult } from './result-row.ts'

export const resultPrefix = 'millrace:result:'
export const listPrefix = 'millrace:read-sets:'

export const resultKey = (actionKey: ActionKey) => `${resultPrefix}${checked(actionKey)}`
/** Of the ids of a task key's read sets, last used first, {@link idBytes} each. */
export const listKey = (taskKey: TaskKey) => `${listPrefix}${checked(taskKey)}`
/** Of a read set, which many task keys may have. */
export const setKey = (id: Buffer) => `millrace:read-set:${id.toString('hex')}`

/** A read set's id is as many bytes of the SHA-256 of its JSON. */
export const idBytes = 16
const taskKeyBytes = 32
/** A set of a million files. */
const setBytesMax = 100_000_000

/** What a result is stored with. */
export interface ActionRow {
  readonly taskKey: TaskKey
  readonly setId: Buffer
  readonly result: ActionResult
}

/** Task key, id of the read set, then the result with a checksum over all of that and the action key. */
export function encodeRow({ actionKey, taskKey, result }: CachedAction, setId: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from(checked(taskKey), 'hex'), setId])
  return Buffer.concat([head, encodeResult(Buffer.from(actionKey, 'hex'), head, result)])
}

/** Null for what was not stored under this key. */
export function decodeRow(actionKey: ActionKey, row: Buffer): ActionRow | null {
  const head = row.subarray(0, taskKeyBytes + idBytes)
  const result = decodeResult(Buffer.from(actionKey, 'hex'), head, row.subarray(taskKeyBytes + idBytes))
  if (result === null) return null
  const setId = Buffer.from(head.subarray(taskKeyBytes))
  return { taskKey: head.toString('hex', 0, taskKeyBytes), setId, result }
}

/** A read set as a value, and its id. */
export function encodeReadSet({ paths, isBound }: ReadSet): { readonly id: Buffer; readonly value: Buffer } {
  const json = Buffer.from(JSON.stringify([isBound, ...paths]))
  return { id: idOf(json), value: packAtOnce(json) }
}

/** Null for what has another id. */
export function decodeReadSet(id: Buffer, value: Buffer): ReadSet | null {
  const json = unpackAtOnce(value, setBytesMax)
  if (json === null || Buffer.compare(idOf(json), id) !== 0) return null
  const [isBound, ...paths] = JSON.parse(json.toString()) as [boolean, ...string[]]
  return { paths, isBound }
}

/** The ids in a list; none for one that is damaged. */
export function idsIn(list: Buffer): readonly Buffer[] {
  if (list.byteLength % idBytes !== 0) return []
  return Array.from({ length: list.byteLength / idBytes }, (_, i) => list.subarray(i * idBytes, (i + 1) * idBytes))
}

function idOf(json: Buffer): Buffer {
  return hash('sha256', json, 'buffer').subarray(0, idBytes)
}

function checked(key: string): string {
  assert(/^[0-9a-f]{64}$/.test(key), `${JSON.stringify(key)} is no key`)
  return key
}
