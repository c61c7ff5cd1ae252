import type { FileVersion } from '../../events/digest.ts'
import type { SnapshotStore } from '../../infra/snapshot-store/snapshot-store.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'

/** A compiler's files are 150 MB; they are read once for all work trees of the user. */
export class SharedTools {
  readonly #snapshots: SnapshotStore
  readonly #files: SourceTree
  /** Digests by path, as the store has them. */
  #stored = new Map<string, string>()

  constructor(snapshots: SnapshotStore, files: SourceTree) {
    this.#snapshots = snapshots
    this.#files = files
  }

  /** Takes over what other trees know of programs. */
  async load(): Promise<void> {
    const [files, digests] = await Promise.all(['tool-files', 'tool-digests'].map((name) => this.#snapshots.load(name)))
    if (!files || !digests) return
    this.#files.restore(files)
    this.#stored = new Map(JSON.parse(Buffer.from(digests).toString()))
  }

  /** Keeps what is known of the programs that a plan rests on, where that is news. */
  async save(tools: readonly FileVersion[]): Promise<void> {
    const known = tools.filter((tool): tool is readonly [string, string] => tool[1] !== null && tool[0].startsWith('/'))
    if (known.every(([path, digest]) => this.#stored.get(path) === digest)) return
    for (const [path, digest] of known) this.#stored.set(path, digest)
    await this.#snapshots.save('tool-files', this.#files.snapshotOf(new Set(this.#stored.keys())))
    await this.#snapshots.save('tool-digests', Buffer.from(JSON.stringify([...this.#stored])))
  }
}
