import type { StatEntry } from './stat-cache.ts'

const numbersPerPath = 4

/** `size` of a path where nothing was. */
const absentSize = -1

/**
 * Bytes that tell what paths were like: their count (float64), 4 float64 per path (mtimeMs, ctimeMs, size, ino), then
 * the paths as UTF-8 lines, each ended by a line feed. `null` when a change right after the look might not show in a file's times, or a path has a
 * line break.
 */
export function encodeFootprint(entries: Iterable<readonly [string, StatEntry]>): Uint8Array | null {
  const paths: string[] = []
  const numbers: number[] = []
  for (const [path, { digest, mtimeMs, ctimeMs, size, ino, isSettled }] of entries) {
    if (path.includes('\n')) return null
    if (digest === null) numbers.push(0, 0, absentSize, 0)
    else if (isSettled) numbers.push(mtimeMs, ctimeMs, size, ino)
    else return null
    paths.push(path)
  }
  return Buffer.concat([
    new Uint8Array(Float64Array.of(paths.length).buffer),
    new Uint8Array(Float64Array.from(numbers).buffer),
    Buffer.from(paths.map((path) => `${path}\n`).join('')),
  ])
}

/** What a path looks like now. */
export interface Appearance {
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly size: number
  readonly ino: number
}

/** Whether every path looks as it did; false for bytes of another form or length than `encodeFootprint` makes. */
export function matchesFootprint(bytes: Uint8Array, lookAt: (path: string) => Appearance | undefined): boolean {
  if (bytes.byteLength < 8) return false
  const count = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
  const textStart = 8 * (1 + count * numbersPerPath)
  if (!Number.isInteger(count) || count < 0 || textStart > bytes.byteLength) return false
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset + 8, bytes.byteOffset + textStart))
  const paths = Buffer.from(bytes.buffer, bytes.byteOffset + textStart, bytes.byteLength - textStart)
    .toString()
    .split('\n')
  if (paths.length !== count + 1 || paths[count] !== '') return false
  for (let i = 0, at = 0; i < count; i++, at += numbersPerPath) {
    const now = lookAt(paths[i]!)
    if (now === undefined) {
      if (numbers[at + 2] !== absentSize) return false
    } else if (
      now.mtimeMs !== numbers[at] ||
      now.ctimeMs !== numbers[at + 1] ||
      now.size !== numbers[at + 2] ||
      now.ino !== numbers[at + 3]
    )
      return false
  }
  return true
}
