import type { Digest, FileVersion } from '../../events/digest.ts'
import type { FilesDigested } from '../../events/task-events.ts'

/** Numbers the file versions of one build, in the order in which its `files-digested` events list them. */
export class FileVersionTable {
  readonly #numbers = new Map<string, Map<Digest | null, number>>()
  #next = 0
  #unlisted: FileVersion[] = []

  constructor(listed: readonly FileVersion[]) {
    for (const [path, digest] of listed) this.number(path, digest)
    this.#unlisted = []
  }

  number(path: string, digest: Digest | null): number {
    let byDigest = this.#numbers.get(path)
    if (byDigest === undefined) {
      byDigest = new Map()
      this.#numbers.set(path, byDigest)
    }
    let number = byDigest.get(digest)
    if (number === undefined) {
      number = this.#next++
      byDigest.set(digest, number)
      this.#unlisted.push([path, digest])
    }
    return number
  }

  /** The event that lists the versions numbered since the last call, to be recorded before the one that uses them. */
  takeUnlisted(): readonly FilesDigested[] {
    if (this.#unlisted.length === 0) return []
    const files = this.#unlisted
    this.#unlisted = []
    return [{ type: 'files-digested', files }]
  }
}
