import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ReadSet } from './action-cache.ts'
import type { ActionStatements } from './action-tables.ts'

/** Paths are read in rows of so many: those of one set were mostly numbered together. */
const pathsAtOnce = 256

/**
 * Read sets as lists of numbers of paths: of 300 paths of 60 bytes, 18 KB, are left 0.6 KB, and it takes 5 µs to make a set
 * of them again. Paths that were met stay in memory.
 */
export class ReadSetTable {
  readonly #statements: ActionStatements
  /** By number; those not met are missing. */
  #paths: (string | undefined)[] = []
  readonly #ids = new Map<string, number>()
  #pathsRemoved = 0

  constructor(statements: ActionStatements) {
    this.#statements = statements
  }

  /** The number of a set, which is stored if it is new. */
  idOf(readSet: ReadSet): number {
    const numbers = [readSet.isBound ? 1 : 0]
    for (const path of readSet.paths) numbers.push(this.#ids.get(path) ?? this.#pathId(path))
    const content = encodeNumbers(numbers)
    const contentHash = hashOf(content)
    const known = this.#statements.setOfHash.get(contentHash)
    if (known?.content instanceof Uint8Array && Buffer.compare(known.content, content) === 0) return Number(known.id)
    if (known !== undefined) this.#statements.removeSet.run(known.id!)
    return Number(this.#statements.addSet.run(content, contentHash).lastInsertRowid)
  }

  /** Null for one that is gone or damaged. */
  get(id: number): ReadSet | null {
    const row = this.#statements.set.get(id)
    const content = row?.content
    const contentHash = row?.content_hash
    if (!(content instanceof Uint8Array) || !(contentHash instanceof Uint8Array)) return null
    if (Buffer.compare(hashOf(content), contentHash) !== 0) return null
    const numbers = decodeNumbers(content)
    const paths: string[] = []
    for (let i = 1; i < numbers.length; i++) {
      const path = this.#paths[numbers[i]!] ?? this.#load(numbers[i]!)
      if (path === undefined) return null
      paths.push(path)
    }
    return { paths, isBound: numbers[0] === 1 }
  }

  /** Runs `work`, which calls {@link idOf}, within the transaction of its caller. */
  write(work: () => void): void {
    const removed = Number(this.#statements.setting.get('paths_removed')?.value ?? 0)
    if (removed !== this.#pathsRemoved) this.#forget()
    this.#pathsRemoved = removed
    try {
      work()
    } catch (error) {
      // Numbers that were given in a transaction that failed will be given again.
      this.#forget()
      throw error
    }
  }

  #forget(): void {
    this.#paths = []
    this.#ids.clear()
  }

  #pathId(path: string): number {
    const known = this.#storedPathId(path)
    if (known !== undefined) return known
    const id = Number(this.#statements.addPath.run(path).lastInsertRowid)
    this.#statements.checkPath.run(checksumOf(id, path), id)
    this.#ids.set(path, id)
    return id
  }

  #storedPathId(path: string): number | undefined {
    const id = this.#statements.pathId.get(path)?.id
    if (typeof id !== 'number') return undefined
    if (this.#load(id) === path) return id
    this.#statements.removePath.run(id)
    return undefined
  }

  #load(id: number): string | undefined {
    const first = id - (id % pathsAtOnce)
    for (const row of this.#statements.paths.iterate(first, first + pathsAtOnce - 1)) {
      const { id, path, checksum } = row
      if (typeof id !== 'number' || typeof path !== 'string' || checksum !== checksumOf(id, path)) continue
      this.#paths[id] = path
      this.#ids.set(path, id)
    }
    return this.#paths[id]
  }
}

/** Finds what was changed by accident; sets are hashed over numbers only. */
function checksumOf(id: number, path: string): number {
  return crc32(path, crc32(String(id)))
}

function hashOf(content: Uint8Array): Uint8Array {
  return hash('sha256', content, 'buffer').subarray(0, 16)
}

/** Each (below 2^52) as the difference from the one before, zigzag, 7 bits a byte, the lowest first: neighbours are close. */
export function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(numbers.length * 10)
  let length = 0
  let last = 0
  for (const number of numbers) {
    const step = number - last
    last = number
    let rest = step < 0 ? -2 * step - 1 : 2 * step
    while (rest >= 128) {
      bytes[length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    bytes[length++] = rest
  }
  return Uint8Array.prototype.slice.call(bytes, 0, length)
}

export function decodeNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let last = 0
  let rest = 0
  let factor = 1
  for (const byte of bytes) {
    rest += (byte % 128) * factor
    factor *= 128
    if (byte >= 128) continue
    last += rest % 2 === 1 ? -(rest + 1) / 2 : rest / 2
    numbers.push(last)
    rest = 0
    factor = 1
  }
  return numbers
}
