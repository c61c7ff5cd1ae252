import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { TaskOrder } from '../../events/task-order.ts'

/** Smaller bodies are sent as they are, in bytes: below, compression saves no packet. */
const packedBytesMin = 8 << 10
/** What a body may unpack to, in bytes: a small message must not fill the memory. */
const unpackedBytesMax = 256 << 20
/** Fastest level: 230 KB of text become 33 KB in 0.5 ms. */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const zstdMagic = 0xfd2fb528

/** What is sent: the body itself, or its zstd form when it is large. */
export function packed(body: Buffer): Buffer {
  return body.length < packedBytesMin ? body : zstdCompressSync(body, options)
}

/** The body of what was received; throws when it is damaged. JSON never begins as zstd does. */
export function unpacked(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (bytes.length < 4 || bytes.readUInt32LE() !== zstdMagic) return bytes
  return zstdDecompressSync(bytes, { maxOutputLength: unpackedBytesMax })
}

export function encodeOrder(order: TaskOrder): Buffer {
  return packed(Buffer.from(JSON.stringify(order)))
}

/** `undefined`: it is no order. */
export function decodeOrder(message: Uint8Array): TaskOrder | undefined {
  try {
    const order: unknown = JSON.parse(unpacked(message).toString())
    if (!isAttempt(order)) return undefined
    const { directory, outputs } = order as Partial<TaskOrder>
    return typeof directory === 'string' && Array.isArray(outputs) ? (order as TaskOrder) : undefined
  } catch {
    return undefined
  }
}

/** Whether a value from outside at least says which attempt it is about. */
export function isAttempt(value: unknown): value is Pick<TaskOrder, 'buildId' | 'task' | 'attempt'> {
  if (typeof value !== 'object' || value === null) return false
  const { buildId, task, attempt } = value as Partial<TaskOrder>
  return typeof buildId === 'string' && Number.isSafeInteger(task) && Number.isSafeInteger(attempt)
}
