import type { Digest } from '../../events/digest.ts'

/** What a file looked like when it was hashed. */
export interface StatEntry {
  /** `null`: nothing was there. */
  readonly digest: Digest | null
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** Bytes. */
  readonly size: number
  readonly ino: number
  readonly isDirectory: boolean
  /** Hashed so long after its last change that any later change shows in its times. */
  readonly isSettled: boolean
  /** Looked at by this process, and not just remembered from an earlier one. */
  isCurrent: boolean
}

const numbersPerEntry = 4

/**
 * Bytes of the entries that later processes may trust (settled files), column by column so that 100,000 of them load
 * in milliseconds: the entry count (float64), 4 float64 per entry (mtimeMs, ctimeMs, size, ino), then all paths and
 * then all digests as UTF-8 lines, each ended by a line feed.
 */
export function encodeStatCache(entries: ReadonlyMap<string, StatEntry>): Uint8Array {
  const kept = [...entries].filter(([path, entry]) => isWorthKeeping(entry) && !path.includes('\n'))
  const numbers = new Float64Array(1 + kept.length * numbersPerEntry)
  numbers[0] = kept.length
  kept.forEach(([, { mtimeMs, ctimeMs, size, ino }], i) => {
    numbers.set([mtimeMs, ctimeMs, size, ino], 1 + i * numbersPerEntry)
  })
  const lines = [...kept.map(([path]) => path), ...kept.map(([, entry]) => entry.digest)]
  return Buffer.concat([new Uint8Array(numbers.buffer), Buffer.from(lines.map((line) => `${line}\n`).join(''))])
}

/** The entries, or none when the bytes have another form or length than what `encodeStatCache` makes. */
export function decodeStatCache(bytes: Uint8Array): Map<string, StatEntry> {
  const entries = new Map<string, StatEntry>()
  if (bytes.byteLength < 8) return entries
  const count = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
  const textStart = 8 * (1 + count * numbersPerEntry)
  if (!Number.isInteger(count) || count < 0 || textStart > bytes.byteLength) return entries
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + textStart))
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset + textStart, bytes.byteLength - textStart)
    .toString()
    .split('\n')
  if (lines.length !== 2 * count + 1 || lines[2 * count] !== '') return entries
  for (let i = 0; i < count; i++) {
    const at = 1 + i * numbersPerEntry
    entries.set(lines[i]!, {
      digest: lines[count + i]!,
      mtimeMs: numbers[at]!,
      ctimeMs: numbers[at + 1]!,
      size: numbers[at + 2]!,
      ino: numbers[at + 3]!,
      isDirectory: false,
      isSettled: true,
      isCurrent: false,
    })
  }
  return entries
}

/** Directories are cheap to list again. */
function isWorthKeeping(entry: StatEntry): boolean {
  return entry.isSettled && entry.digest !== null && !entry.isDirectory
}
