import type { Digest } from '../../events/digest.ts'
import type { BlobStore } from '../blob-store/blob-store.ts'
import { type DirectoryContent, decodeDirectory } from '../reapi/directory-codec.ts'
import { depthMax, MerkleTree } from './input-tree.ts'
import { InputTreeError } from './input-tree-error.ts'
import { type TreeChild, TreeDirectory } from './tree-directory.ts'

/** A tree, or the Directory messages that the store does not have. */
export type TreeReading =
  | { readonly kind: 'read'; readonly tree: MerkleTree }
  | { readonly kind: 'missing'; readonly directories: readonly MissingDirectory[] }

export interface MissingDirectory {
  /** The first path found that has it, without the slash at its start; '' is the root. */
  readonly path: string
  readonly digest: Digest
}

/** Messages asked for at once. */
const requestsMax = 32

/** Files, links and directories of a tree, counted at each of their paths. */
const entriesMax = 2_000_000

/** Directories that are remembered: some 100 MB when each has 20 entries. */
const rememberedMax = 50_000

/**
 * Reads trees from a blob store. Remembers directories: of a tree that is like one before, only what differs is asked for.
 * Trees that it gives count as stored.
 */
export class TreeReader {
  readonly #blobs: BlobStore
  /** The least recently used first. */
  readonly #known = new Map<Digest, TreeDirectory>()

  constructor(blobs: BlobStore) {
    this.#blobs = blobs
  }

  /**
   * The whole tree. Throws ReapiError for damaged or hostile messages, {@link InputTreeError} for a tree that is too deep or
   * too large, and what the store throws.
   */
  async read(root: Digest): Promise<TreeReading> {
    const reading: Reading = { known: new Map(), contents: new Map(), missing: [] }
    let level = new Map([[root, '']])
    for (let depth = 0; level.size > 0; depth++) {
      if (depth > depthMax) throw tooDeep(root)
      level = await this.#readLevel(level, reading)
    }
    if (reading.missing.length > 0) return { kind: 'missing', directories: reading.missing }
    return { kind: 'read', tree: new MerkleTree(this.#build(root, reading)) }
  }

  /** Reads directories of one depth, and gives those inside them that were not seen yet. */
  async #readLevel(level: ReadonlyMap<Digest, string>, reading: Reading): Promise<Map<Digest, string>> {
    const inside = new Map<Digest, string>()
    const queue = level.entries()
    const work = async () => {
      for (const [digest, path] of queue) {
        const known = this.#use(digest)
        if (known !== undefined) {
          reading.known.set(digest, known)
          continue
        }
        const bytes = await this.#blobs.get(digest)
        if (bytes === null) {
          reading.missing.push({ path, digest })
          continue
        }
        const content = decodeDirectory(bytes)
        reading.contents.set(digest, content)
        for (const { name, digest: below } of content.directories)
          if (!reading.contents.has(below) && !level.has(below))
            inside.set(below, path === '' ? name : `${path}/${name}`)
      }
    }
    await Promise.all(Array.from({ length: Math.min(requestsMax, level.size) }, work))
    return inside
  }

  #build(digest: Digest, reading: Reading): TreeDirectory {
    const known = reading.known.get(digest)
    if (known !== undefined) return known
    const { files, directories, symlinks } = reading.contents.get(digest)!
    const children = new Map<string, TreeChild>()
    for (const { name, digest: content, isExecutable } of files)
      children.set(name, { kind: 'file', digest: content, isExecutable })
    for (const { name, target } of symlinks) children.set(name, { kind: 'symlink', target })
    for (const { name, digest: below } of directories) children.set(name, this.#build(below, reading))
    const directory = new TreeDirectory(children, digest)
    if (directory.size.depth > depthMax) throw tooDeep(digest)
    // Directories that name each other many times over are few bytes, but more files than any disk has.
    if (directory.size.entries > entriesMax)
      throw new InputTreeError(`input tree ${digest}: more than ${entriesMax} files; leave out what no command needs`)
    directory.noteStored()
    reading.known.set(digest, directory)
    this.#remember(digest, directory)
    return directory
  }

  #use(digest: Digest): TreeDirectory | undefined {
    const known = this.#known.get(digest)
    if (known !== undefined) this.#remember(digest, known)
    return known
  }

  #remember(digest: Digest, directory: TreeDirectory): void {
    this.#known.delete(digest)
    this.#known.set(digest, directory)
    if (this.#known.size <= rememberedMax) return
    const oldest = this.#known.keys().next().value
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}

interface Reading {
  readonly known: Map<Digest, TreeDirectory>
  readonly contents: Map<Digest, DirectoryContent>
  readonly missing: MissingDirectory[]
}

function tooDeep(digest: Digest): InputTreeError {
  return new InputTreeError(`input tree ${digest}: deeper than ${depthMax} directories; make it flatter`)
}

/** Reads one tree: {@link TreeReader.read}. */
export function readTree(root: Digest, blobs: BlobStore): Promise<TreeReading> {
  return new TreeReader(blobs).read(root)
}
