import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Digest } from '../../events/digest.ts'
import type { StatEntry } from '../source-tree/stat-cache.ts'
import { atOnceBytesMax, digestAtOnce, digestInPieces } from './file-digest.ts'
import { depthMax, type TreeEntry } from './input-tree.ts'
import { InputTreeError } from './input-tree-error.ts'

export interface ScanOptions {
  /** What to leave out, with all below it; absolute path. `.git` is always left out. */
  readonly exclude?: (path: string, isDirectory: boolean) => boolean
  /** What files were like in an earlier scan, by absolute path: those that look the same are not read. */
  readonly known?: ReadonlyMap<string, StatEntry>
  /** Told some times a second. */
  readonly onProgress?: (progress: ScanProgress) => void
  readonly signal?: AbortSignal
}

export interface ScanProgress {
  readonly files: number
  /** Of the files that were read. */
  readonly hashedFiles: number
  readonly hashedBytes: number
}

export interface DirectoryScan extends ScanProgress {
  readonly entries: readonly TreeEntry[]
  /** For `known` of the next scan; may be kept with `encodeStatCache`. */
  readonly known: Map<string, StatEntry>
  /** What is there and not in the entries, by absolute path. */
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[]
}

export type SkipReason = 'unreadable' | 'special-file' | 'name-not-unicode' | 'too-deep'

/** How long files are looked at before others get their turn of the event loop. */
const turnMs = 20

/** Large files that are read at the same time. */
const largeAtOnce = 4

/** A file's times move in steps of the kernel's tick (at most 10 ms); only a change after that step is sure to show. */
const timestampStepMs = 10

/**
 * What is in a directory of this machine and below it. Links are kept as links. Files that change meanwhile are read as
 * they are found. Throws {@link InputTreeError} when the directory itself can't be read.
 */
export async function scanDirectory(path: string, options: ScanOptions = {}): Promise<DirectoryScan> {
  const scan = new Scan(resolve(path), options)
  return scan.run()
}

class Scan {
  readonly #top: string
  readonly #options: ScanOptions
  readonly #entries: TreeEntry[] = []
  readonly #known = new Map<string, StatEntry>()
  readonly #skipped: { path: string; reason: SkipReason }[] = []
  readonly #large: { readonly path: string; readonly stats: Stats }[] = []
  #files = 0
  #hashedFiles = 0
  #hashedBytes = 0

  constructor(top: string, options: ScanOptions) {
    this.#top = top
    this.#options = options
  }

  async run(): Promise<DirectoryScan> {
    const waiting = [this.#top]
    let turnEndsAt = performance.now() + turnMs
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      for (const entry of this.#list(directory)) {
        const path = directory === '/' ? `/${entry.name}` : `${directory}/${entry.name}`
        if (this.#look(path, entry)) waiting.push(path)
        if (performance.now() < turnEndsAt) continue
        await this.#pause()
        turnEndsAt = performance.now() + turnMs
      }
    }
    const queue = this.#large.values()
    await Promise.all(Array.from({ length: largeAtOnce }, () => this.#readLarge(queue)))
    this.#options.onProgress?.(this.#progress())
    return { entries: this.#entries, known: this.#known, skipped: this.#skipped, ...this.#progress() }
  }

  #progress(): ScanProgress {
    return { files: this.#files, hashedFiles: this.#hashedFiles, hashedBytes: this.#hashedBytes }
  }

  async #pause(): Promise<void> {
    this.#options.onProgress?.(this.#progress())
    await setImmediate()
    this.#options.signal?.throwIfAborted()
  }

  #list(directory: string): readonly Dirent[] {
    if (directory !== '/') this.#entries.push({ path: directory.slice(1), isDirectory: true })
    try {
      return readdirSync(directory, { withFileTypes: true })
    } catch (error) {
      if (directory === this.#top) throw unreadable(directory, error)
      this.#note(directory, error)
      return []
    }
  }

  /** Whether it is a directory to be listed. */
  #look(path: string, entry: Dirent): boolean {
    const isDirectory = entry.isDirectory()
    if (entry.name === '.git' || this.#options.exclude?.(path, isDirectory)) return false
    if (path.split('/', depthMax + 2).length > depthMax + 1) this.#skipped.push({ path, reason: 'too-deep' })
    else if (isDirectory) return true
    else if (entry.isSymbolicLink() || entry.isFile()) this.#lookAtFile(path, entry)
    else this.#skipped.push({ path, reason: 'special-file' })
    return false
  }

  #lookAtFile(path: string, entry: Dirent): void {
    try {
      if (entry.isSymbolicLink()) {
        const target = readlinkSync(path)
        if (target.includes('\ufffd')) this.#skipped.push({ path, reason: 'name-not-unicode' })
        else this.#entries.push({ path: path.slice(1), target })
        return
      }
      const stats = lstatSync(path)
      const known = this.#options.known?.get(path)
      if (known !== undefined && known.digest !== null && isSame(known, stats))
        this.#add(path, stats, known.digest, known)
      else if (stats.size > atOnceBytesMax) this.#large.push({ path, stats })
      else this.#addRead(path, stats, Date.now(), digestAtOnce(path, stats.size))
    } catch (error) {
      this.#note(path, error)
    }
  }

  async #readLarge(queue: Iterator<{ readonly path: string; readonly stats: Stats }>): Promise<void> {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const { path, stats } = next.value
      const begunAt = Date.now()
      try {
        this.#addRead(path, stats, begunAt, await digestInPieces(path))
      } catch (error) {
        this.#note(path, error)
      }
      await this.#pause()
    }
  }

  #addRead(path: string, stats: Stats, readAt: number, digest: Digest): void {
    this.#hashedFiles++
    this.#hashedBytes += stats.size
    const { mtimeMs, ctimeMs, size, ino } = stats
    const isSettled = readAt - Math.max(ctimeMs, mtimeMs) > timestampStepMs
    this.#add(path, stats, digest, {
      digest,
      mtimeMs,
      ctimeMs,
      size,
      ino,
      isDirectory: false,
      isSettled,
      isCurrent: true,
    })
  }

  #add(path: string, stats: Stats, digest: Digest, entry: StatEntry): void {
    this.#files++
    this.#known.set(path, entry)
    this.#entries.push({ path: path.slice(1), digest, isExecutable: (stats.mode & 0o111) !== 0 })
  }

  #note(path: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException
    // Bytes that are no UTF-8 came as replacement characters: there is no file of that name.
    if (code === 'ENOENT' && path.includes('\ufffd')) this.#skipped.push({ path, reason: 'name-not-unicode' })
    else if (code !== 'ENOENT') this.#skipped.push({ path, reason: 'unreadable' })
  }
}

function unreadable(directory: string, error: unknown): InputTreeError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return new InputTreeError(`${directory} can't be read (${code}); name a directory that this user may read`)
}

/** A file that was read right after a change may have changed again with the same times. */
function isSame(known: StatEntry, stats: Stats): boolean {
  return (
    known.isSettled &&
    known.mtimeMs === stats.mtimeMs &&
    known.ctimeMs === stats.ctimeMs &&
    known.size === stats.size &&
    known.ino === stats.ino
  )
}
