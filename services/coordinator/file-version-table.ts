import type { Digest, FileVersion } from '../../events/digest.ts'
import type { FilesDigested } from '../../events/task-events.ts'

/** Numbers the file versions of one build, in the order in which its `files-digested` events list them. */
export class FileVersionTable {
  readonly #numbers = new Map<string, Map<Digest | null, number>>()
  #next = 0
  #unlisted: FileVersion[] = []

  constructor(listed: readonly FileVersion[]) {
    for (const version of listed) this.number(version)
    this.#unlisted = []
  }

  number(version: FileVersion): number {
    const [path, digest] = version
    let byDigest = this.#numbers.get(path)
    if (byDigest === undefined) {
      byDigest = new Map()
      this.#numbers.set(path, byDigest)
    }
    let number = byDigest.get(digest)
    if (number === undefined) {
      number = this.#next++
      byDigest.set(digest, number)
      this.#unlisted.push(version)
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
