import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import type { GraphFiles } from '../graph-files.ts'
import type { StagedTree } from './staged-tree.ts'

/** A text that graphs are read from is no longer than this, in bytes. */
const textBytesMax = 256 * 1024 * 1024

/** Texts of a build's files, which are in the blob store: asked for once, fetched, and then there. */
export class StagedTexts implements GraphFiles {
  readonly directory: string
  readonly #tree: StagedTree
  readonly #blobs: BlobStore
  readonly #texts = new Map<string, string>()
  readonly #wanted = new Set<string>()

  constructor(directory: string, tree: StagedTree, blobs: BlobStore) {
    this.directory = directory
    this.#tree = tree
    this.#blobs = blobs
  }

  has(path: string): boolean {
    return this.#tree.has(path) && !this.#tree.isDirectory(path)
  }

  /** Throws for a file that is not there, and for one that has not been fetched: `complete` then tries again. */
  text(path: string): string {
    const text = this.readText(path)
    if (text !== null) return text
    throw Object.assign(new Error(`${path} is not there`), { code: 'ENOENT' })
  }

  /** `null` for a file that is not there or has not been fetched. */
  readonly readText = (path: string): string | null => {
    if (!this.has(path)) return null
    const digest = this.#tree.digest(path)!
    const text = this.#texts.get(digest)
    if (text === undefined) this.#wanted.add(path)
    return text ?? null
  }

  /** Runs `read` again until all files are there that it asks for. Rejects with {@link MissingText}. */
  async complete<Result>(read: () => Result | Promise<Result>): Promise<Result> {
    for (;;) {
      this.#wanted.clear()
      const result = await read()
      if (this.#wanted.size === 0) return result
      await Promise.all([...this.#wanted].map((path) => this.fetch(path)))
    }
  }

  /** Fetches a file if it is there. Rejects with {@link MissingText}. */
  readonly fetch = async (path: string): Promise<void> => {
    if (!this.has(path)) return
    const digest = this.#tree.digest(path)!
    if (this.#texts.has(digest)) return
    if (Number(digest.slice(65)) > textBytesMax) throw new MissingText(`${path}: larger than ${textBytesMax} bytes`)
    const content = await this.#blobs.get(digest)
    if (content === null)
      throw new MissingText(`${path}: its content is not in the cache any more; request the build again`)
    this.#texts.set(digest, Buffer.from(content).toString())
  }
}

/** A file that the graph is read from can't be had. The message is one line and says how to mend it. */
export class MissingText extends Error {
  override readonly name = 'MissingText'
}
