import { hash } from 'node:crypto'
import type { ActionResult } from '../../events/action-result.ts'

const checksumBytes = 16

/**
 * A result as it is stored: 16 bytes of SHA-256 over the keys it belongs to and what follows, then JSON. A row with a
 * changed byte, or under another key, holds no result.
 */
export function encodeResult(actionKey: Uint8Array, taskKey: Uint8Array, result: ActionResult): Uint8Array {
  const json = Buffer.from(JSON.stringify(result))
  return Buffer.concat([checksum(actionKey, taskKey, json), json])
}

/** Null for bytes that are not what was stored under these keys. */
export function decodeResult(actionKey: Uint8Array, taskKey: Uint8Array, content: Uint8Array): ActionResult | null {
  const json = Buffer.from(content.buffer, content.byteOffset, content.byteLength).subarray(checksumBytes)
  if (Buffer.compare(checksum(actionKey, taskKey, json), content.subarray(0, checksumBytes)) !== 0) return null
  return JSON.parse(json.toString()) as ActionResult
}

function checksum(actionKey: Uint8Array, taskKey: Uint8Array, json: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([actionKey, taskKey, json]), 'buffer').subarray(0, checksumBytes)
}
