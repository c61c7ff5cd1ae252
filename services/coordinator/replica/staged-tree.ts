import { dirname, posix } from 'node:path'
import type { OutputEntry } from '../../../events/action-result.ts'
import { type Digest, digestOf } from '../../../events/digest.ts'
import { MerkleTree, type TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { SourceTree } from '../../../infra/source-tree/source-tree.ts'
import { UnrememberedTree } from '../../unremembered-tree.ts'

/** No file has a longer name (PATH_MAX of Linux). */
const pathLengthMax = 4096

/** Links that lead to links are followed so far, as Linux does (path_resolution(7)). */
const linksMax = 40

export interface StagedTreeOptions {
  /** Absolute path that relative paths are relative to. */
  readonly directory: string
  /** Absolute paths of the build's own directories. */
  readonly roots: readonly string[]
}

/**
 * The files of a build in a cluster, which nobody has on a disk of this machine: the sources and what tasks have made so far,
 * by their digests. What lies outside the build's roots belongs to the workers: it is taken to be there, and its
 * content is the workers' platform.
 */
export class StagedTree extends UnrememberedTree implements SourceTree {
  readonly #directory: string
  readonly #roots: readonly string[]
  #sources: MerkleTree = MerkleTree.empty
  #platform: Digest = digestOf('')
  /** By absolute path without the slash at its start. */
  readonly #made = new Map<string, TreeEntry>()
  /** Directories that only made files are in. */
  readonly #madeNames = new Map<string, Set<string>>()

  constructor({ directory, roots }: StagedTreeOptions) {
    super()
    this.#directory = directory
    this.#roots = roots
  }

  get sources(): MerkleTree {
    return this.#sources
  }

  /** @param platform what the workers have in common */
  begin(sources: MerkleTree, platform: string): void {
    this.#sources = sources
    this.#platform = digestOf(`platform\0${platform}`)
  }

  /** A task has made this. */
  make(entry: OutputEntry): void {
    const path = this.keyOf(entry.path)
    this.#made.set(
      path,
      'target' in entry
        ? { path, target: entry.target }
        : { path, digest: entry.digest, isExecutable: entry.isExecutable ?? false },
    )
    for (let at = path; at !== '.'; at = dirname(at)) {
      const names = this.#madeNames.get(dirname(at)) ?? new Set()
      this.#madeNames.set(dirname(at), names.add(posix.basename(at)))
    }
  }

  /** What a task has made at this path of the graph. */
  made(path: string): TreeEntry | undefined {
    return this.#made.get(this.keyOf(path))
  }

  /** Absolute form of a path of the graph, without the slash at its start. */
  keyOf(path: string): string {
    return posix.resolve(this.#directory, path).slice(1)
  }

  look(): void {}

  ensureLooked(): void {}

  expectChanges(): void {}

  digest(path: string): Digest | null {
    if (path.length > pathLengthMax) return null
    const key = this.keyOf(path)
    if (!this.#isOurs(key)) return this.#platform
    const found = this.#find(key)
    if (found === undefined) return null
    if (found.kind === 'elsewhere') return this.#platform
    return found.kind === 'file' ? found.digest : digestOf(`directory\0${this.#namesAt(found.key).join('\0')}`)
  }

  has(path: string): boolean {
    return this.digest(path) !== null
  }

  isDirectory(path: string): boolean {
    const key = this.keyOf(path)
    return this.#isOurs(key) && this.#find(key)?.kind === 'directory'
  }

  names(path: string): readonly string[] {
    const found = this.#find(this.keyOf(path))
    return found?.kind === 'directory' ? this.#namesAt(found.key) : []
  }

  /** What is written is told by `make`, which knows its form. */
  noteWritten(): void {}

  changedAt(): null {
    return null
  }

  modifiedAt(): null {
    return null
  }

  #isOurs(key: string): boolean {
    return this.#roots.some((root) => root === `/${key}` || `/${key}`.startsWith(`${root}/`))
  }

  #namesAt(key: string): readonly string[] {
    return [...new Set([...this.#sources.list(key), ...(this.#madeNames.get(key === '' ? '.' : key) ?? [])])].sort()
  }

  /** What is at a path, links followed: also those on the way to it. */
  #find(key: string, links = 0): Found | undefined {
    if (links > 0 && !this.#isOurs(key)) return { kind: 'elsewhere' }
    const made = this.#made.get(key)
    if (made !== undefined && 'digest' in made) return { kind: 'file', digest: made.digest }
    if (made !== undefined && 'target' in made) return this.#follow(key, made.target, links)
    const there = this.#sources.get(key)
    if (there?.kind === 'file') return { kind: 'file', digest: there.digest }
    if (there?.kind === 'symlink') return this.#follow(key, there.target, links)
    if (there?.kind === 'directory' || this.#madeNames.has(key)) return { kind: 'directory', key }
    const above = this.#linkAbove(key)
    if (above === undefined || links === linksMax) return undefined
    const place = posix.resolve('/', dirname(above.key), above.target)
    return this.#find(posix.join(place, key.slice(above.key.length)).slice(1), links + 1)
  }

  #follow(key: string, target: string, links: number): Found | undefined {
    if (links === linksMax) return undefined
    return this.#find(posix.resolve('/', dirname(key), target).slice(1), links + 1)
  }

  /** The uppermost link among the directories that a path names. */
  #linkAbove(key: string): { readonly key: string; readonly target: string } | undefined {
    for (let end = key.indexOf('/'); end > 0; end = key.indexOf('/', end + 1)) {
      const at = key.slice(0, end)
      const entry = this.#made.get(at) ?? this.#sources.get(at)
      if (entry !== undefined && 'target' in entry) return { key: at, target: entry.target }
      // Nothing can be below what is not there.
      if (entry === undefined && !this.#madeNames.has(at)) return undefined
    }
    return undefined
  }
}

type Found =
  | { readonly kind: 'file'; readonly digest: Digest }
  | { readonly kind: 'directory'; readonly key: string }
  /** Outside the roots. */
  | { readonly kind: 'elsewhere' }
