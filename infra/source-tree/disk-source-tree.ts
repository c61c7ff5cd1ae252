import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type Digest, digestOf } from '../../events/digest.ts'
import { encodeFootprint, matchesFootprint } from './footprint.ts'
import { type SourceTree, SourceTreeError } from './source-tree.ts'
import { decodeStatCache, encodeStatCache, type StatEntry } from './stat-cache.ts'

/** Files up to this size are read and hashed at once; larger ones in pieces, so that everything else goes on. */
const readAtOnceBytesMax = 1 << 20

/** A file's times move in steps of the kernel's tick (at most 10 ms); only a change after that step is sure to show. */
const timestampStepMs = 10

/** The files under one directory of this machine's file system. */
export function diskSourceTree(directory: string): SourceTree {
  return new DiskSourceTree(directory)
}

class DiskSourceTree implements SourceTree {
  /** What stands before relative paths; nothing in the working directory, where the kernel has less to walk. */
  readonly #prefix: string
  #entries = new Map<string, StatEntry>()
  #hasNews = false
  /** Paths that were looked at since a command has run. */
  readonly #looked = new Set<string>()
  /** A path was found changed since this process looked at it before. */
  #sawChange = false

  constructor(directory: string) {
    this.#prefix = directory === process.cwd() ? '' : `${directory}/`
  }

  look(path: string): void | Promise<void> {
    const absolute = this.#absolute(path)
    try {
      const stats = statOf(absolute)
      const known = this.#entries.get(path)
      if (stats === undefined) this.#noteAbsent(path, known)
      else if (known !== undefined && isSame(known, stats)) {
        known.isCurrent = true
        this.#looked.add(path)
      } else return this.#read(path, absolute, stats)
    } catch (error) {
      this.#noteTrouble(path, error)
    }
  }

  ensureLooked(path: string): void | Promise<void> {
    return this.#looked.has(path) ? undefined : this.look(path)
  }

  expectChanges(): void {
    this.#looked.clear()
  }

  digest(path: string): Digest | null {
    const entry = this.#entries.get(path)
    if (entry === undefined || !entry.isCurrent) throw new Error(`${path} was not looked at`)
    return entry.digest
  }

  has(path: string): boolean {
    const entry = this.#entries.get(path)
    return entry?.isCurrent ? entry.digest !== null : this.#statOf(path) !== undefined
  }

  isDirectory(path: string): boolean {
    return this.#entries.get(path)?.isDirectory ?? false
  }

  names(path: string): readonly string[] {
    try {
      return readdirSync(this.#absolute(path))
    } catch {
      return []
    }
  }

  noteWritten(path: string, digest: Digest): void {
    const stats = this.#statOf(path)
    if (stats === undefined) this.#noteAbsent(path, this.#entries.get(path))
    else this.#note(path, stats, digest, false)
    // The directories above may have other names in them by now.
    for (let above = dirname(path); above.length > 1; above = dirname(above)) this.#looked.delete(above)
    this.#looked.delete('.')
  }

  changedAt(path: string): number | null {
    const entry = this.#entries.get(path)
    return entry === undefined || entry.digest === null ? null : entry.ctimeMs
  }

  modifiedAt(path: string): number | null {
    return this.#statOf(path)?.mtimeMs ?? null
  }

  footprint(): Uint8Array | null {
    if (this.#sawChange) return null
    return encodeFootprint(this.#entries.entries().filter(([, entry]) => entry.isCurrent))
  }

  isAsIn(footprint: Uint8Array): boolean {
    try {
      return matchesFootprint(footprint, (path) => statOf(this.#absolute(path)))
    } catch {
      // What can't be looked at is not as it was.
      return false
    }
  }

  snapshot(): Uint8Array | null {
    if (!this.#hasNews) return null
    this.#hasNews = false
    return encodeStatCache(this.#entries)
  }

  restore(snapshot: Uint8Array): void {
    const restored = decodeStatCache(snapshot)
    if (this.#entries.size === 0) this.#entries = restored
    else for (const [path, entry] of restored) if (!this.#entries.has(path)) this.#entries.set(path, entry)
    this.#hasNews = false
  }

  snapshotOf(paths: ReadonlySet<string>): Uint8Array {
    return encodeStatCache(new Map(this.#entries.entries().filter(([path]) => paths.has(path))))
  }

  #absolute(path: string): string {
    return path.charCodeAt(0) === 47 ? path : this.#prefix + path
  }

  #statOf(path: string): Stats | undefined {
    try {
      return statOf(this.#absolute(path))
    } catch (error) {
      throw unreadable(path, error)
    }
  }

  #read(path: string, absolute: string, stats: Stats): void | Promise<void> {
    // Not after the reading, which takes its time: a change meanwhile may leave the times as they were.
    const isSettled = Date.now() - Math.max(stats.ctimeMs, stats.mtimeMs) > timestampStepMs
    const note = (digest: Digest) => this.#note(path, stats, digest, isSettled)
    if (stats.isDirectory()) note(digestOf(`directory\0${readdirSync(absolute).sort().join('\0')}`))
    else if (!stats.isFile()) note(digestOf(`special\0${stats.rdev}`))
    else if (stats.size <= readAtOnceBytesMax) note(digestAtOnce(absolute, stats.size))
    else return digestInPieces(absolute).then(note, (error) => this.#noteTrouble(path, error))
  }

  #note(path: string, stats: Stats, digest: Digest, isSettled: boolean): void {
    const { mtimeMs, ctimeMs, size, ino } = stats
    const isDirectory = stats.isDirectory()
    this.#looked.add(path)
    this.#replace(path, { digest, mtimeMs, ctimeMs, size, ino, isDirectory, isSettled, isCurrent: true })
    this.#hasNews = true
  }

  #noteAbsent(path: string, known: StatEntry | undefined): void {
    this.#looked.add(path)
    if (known?.digest === null) return
    if (known !== undefined) this.#hasNews = true
    this.#replace(path, absent)
  }

  #replace(path: string, entry: StatEntry): void {
    if (this.#entries.get(path)?.isCurrent) this.#sawChange = true
    this.#entries.set(path, entry)
  }

  #noteTrouble(path: string, error: unknown): void {
    // Gone between the look at its status and the reading.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#noteAbsent(path, this.#entries.get(path))
    else throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): SourceTreeError {
  return new SourceTreeError(`${path}: can't be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
}

const absent: StatEntry = {
  digest: null,
  mtimeMs: 0,
  ctimeMs: 0,
  size: 0,
  ino: 0,
  isDirectory: false,
  isSettled: false,
  isCurrent: true,
}

const noThrow = { throwIfNoEntry: false } as const

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, noThrow)
  } catch (error) {
    // A file where the path has a directory: there is nothing below it.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function isSame(known: StatEntry, stats: Stats): boolean {
  return (
    known.mtimeMs === stats.mtimeMs &&
    known.ctimeMs === stats.ctimeMs &&
    known.size === stats.size &&
    known.ino === stats.ino
  )
}

/** One buffer for all: small files are read whole and one after the other. */
const readBuffer = Buffer.allocUnsafeSlow(readAtOnceBytesMax + 1)

/** With as few calls as can be: a build from clean reads tens of thousands of small files. */
function digestAtOnce(path: string, size: number): Digest {
  const file = openSync(path, 'r')
  try {
    // One byte more than there should be: a file that has changed its size shows, and is read in another way.
    const length = readSync(file, readBuffer, 0, size + 1, null)
    return digestOf(length === size ? readBuffer.subarray(0, size) : readFileSync(path))
  } finally {
    closeSync(file)
  }
}

async function digestInPieces(path: string): Promise<Digest> {
  const sha256 = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: readAtOnceBytesMax })) {
    sha256.update(piece)
    bytes += (piece as Buffer).length
  }
  return `${sha256.digest('hex')}/${bytes}`
}
