import { type Digest, digestOf } from '../../events/digest.ts'
import type { SourceTree } from './source-tree.ts'

/** Something at a path of {@link MemoryFiles}. */
interface Thing {
  /** `null`: a directory. */
  readonly content: Uint8Array | null
  readonly changedAt: number
}

/** Files by path for tests, shared by the trees that look at them. Directories come with what is written below them. */
export class MemoryFiles {
  readonly #things = new Map<string, Thing>()
  readonly #now: () => number

  /** @param now clock that every change is stamped with; by default one that moves on by 1 ms with each change */
  constructor(now?: () => number) {
    let ticks = 0
    this.#now = now ?? (() => ++ticks)
  }

  write(path: string, content: string | Uint8Array): void {
    this.#put(path, Buffer.from(content))
  }

  mkdir(path: string): void {
    if (this.#things.get(path)?.content !== null) this.#put(path, null)
  }

  /** Removes a file, or a directory with all that is below it. */
  remove(path: string): void {
    for (const below of [...this.#things.keys()]) if (below.startsWith(`${path}/`)) this.#things.delete(below)
    if (this.#things.delete(path)) this.#touchParent(path)
  }

  at(path: string): Thing | undefined {
    return this.#things.get(path)
  }

  /** Names in a directory, sorted. */
  names(directory: string): readonly string[] {
    const start = `${directory}/`
    const below = [...this.#things.keys()].filter((path) => path.startsWith(start))
    return below.map((path) => path.slice(start.length)).filter((name) => !name.includes('/'))
  }

  #put(path: string, content: Uint8Array | null): void {
    const parent = parentOf(path)
    if (parent !== undefined) this.mkdir(parent)
    const isNew = !this.#things.has(path)
    this.#things.set(path, { content, changedAt: this.#now() })
    if (isNew) this.#touchParent(path)
  }

  #touchParent(path: string): void {
    const parent = parentOf(path)
    if (parent !== undefined) this.#things.set(parent, { content: null, changedAt: this.#now() })
  }
}

function parentOf(path: string): string | undefined {
  const end = path.lastIndexOf('/')
  return end <= 0 ? undefined : path.slice(0, end)
}

interface Look {
  readonly digest: Digest | null
  readonly changedAt: number
  readonly isDirectory: boolean
}

const nothing: Look = { digest: null, changedAt: 0, isDirectory: false }

/** A source tree over files in memory: for tests and simulation. */
export class MemorySourceTree implements SourceTree {
  readonly #files: MemoryFiles
  readonly #looks = new Map<string, Look>()
  readonly #looked = new Set<string>()
  readonly #known = new Map<string, Look>()
  #hasNews = false
  #sawChange = false

  constructor(files: MemoryFiles) {
    this.#files = files
  }

  look(path: string): void {
    const before = this.#looks.get(path)
    const now = this.#lookNow(path, before ?? this.#known.get(path))
    if (before !== undefined && !isSame(before, now)) this.#sawChange = true
    this.#looks.set(path, now)
    this.#looked.add(path)
  }

  ensureLooked(path: string): void | Promise<void> {
    return this.#looked.has(path) ? undefined : this.look(path)
  }

  expectChanges(): void {
    this.#looked.clear()
  }

  digest(path: string): Digest | null {
    const look = this.#looks.get(path)
    if (look === undefined) throw new Error(`${path} was not looked at`)
    return look.digest
  }

  has(path: string): boolean {
    const look = this.#looks.get(path)
    return look === undefined ? this.#files.at(path) !== undefined : look.digest !== null
  }

  isDirectory(path: string): boolean {
    return this.#looks.get(path)?.isDirectory ?? false
  }

  names(path: string): readonly string[] {
    return this.#files.names(path)
  }

  noteWritten(path: string): void {
    this.look(path)
  }

  changedAt(path: string): number | null {
    const look = this.#looks.get(path)
    return look === undefined || look.digest === null ? null : look.changedAt
  }

  modifiedAt(path: string): number | null {
    return this.#files.at(path)?.changedAt ?? null
  }

  footprint(): Uint8Array | null {
    if (this.#sawChange) return null
    return Buffer.from(JSON.stringify([...this.#looks].map(([path, look]) => [path, stampOf(look)])))
  }

  isAsIn(footprint: Uint8Array): boolean {
    const stamps = parsed<readonly (readonly [string, number | null])[]>(footprint)
    return stamps?.every(([path, stamp]) => (this.#files.at(path)?.changedAt ?? null) === stamp) ?? false
  }

  snapshot(): Uint8Array | null {
    if (!this.#hasNews) return null
    this.#hasNews = false
    const kept = [...this.#known, ...this.#looks].filter(([, look]) => look.digest !== null)
    return Buffer.from(JSON.stringify([...new Map(kept)]))
  }

  restore(snapshot: Uint8Array): void {
    for (const [path, look] of parsed<readonly (readonly [string, Look])[]>(snapshot) ?? [])
      if (!this.#known.has(path)) this.#known.set(path, look)
    this.#hasNews = false
  }

  snapshotOf(paths: ReadonlySet<string>): Uint8Array {
    const known = new Map([...this.#known, ...this.#looks])
    return Buffer.from(JSON.stringify([...known].filter(([path, look]) => paths.has(path) && look.digest !== null)))
  }

  #lookNow(path: string, known: Look | undefined): Look {
    const thing = this.#files.at(path)
    if (thing === undefined) return nothing
    const { content, changedAt } = thing
    if (known?.digest && known.changedAt === changedAt && known.isDirectory === (content === null)) return known
    this.#hasNews = true
    const digest = digestOf(content ?? `directory\0${this.#files.names(path).join('\0')}`)
    return { digest, changedAt, isDirectory: content === null }
  }
}

function stampOf({ digest, changedAt }: Look): number | null {
  return digest === null ? null : changedAt
}

function isSame(one: Look, other: Look): boolean {
  return one.digest === other.digest && one.changedAt === other.changedAt
}

/** `undefined` for bytes that are no JSON list. */
function parsed<List extends readonly unknown[]>(bytes: Uint8Array): List | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return Array.isArray(value) ? (value as unknown as List) : undefined
  } catch {
    return undefined
  }
}
