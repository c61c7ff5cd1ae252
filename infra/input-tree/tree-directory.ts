import { type Digest, digestOf } from '../../events/digest.ts'
import { encodeDirectory } from '../reapi/directory-codec.ts'

export interface TreeFile {
  readonly kind: 'file'
  readonly digest: Digest
  readonly isExecutable: boolean
}

export interface TreeSymlink {
  readonly kind: 'symlink'
  /** What the link says, not followed. */
  readonly target: string
}

export type TreeChild = TreeFile | TreeSymlink | TreeDirectory

/** How much is in a directory and below it; what is there at several paths counts at each. */
export interface TreeSize {
  readonly files: number
  /** Files, links and directories. */
  readonly entries: number
  /** 1 for a directory without directories. */
  readonly depth: number
}

/** What one directory of a tree holds; never changes. Trees share those that they have in common. */
export class TreeDirectory {
  readonly kind = 'directory'
  readonly children: ReadonlyMap<string, TreeChild>
  /** Everything below it has been stored with it. */
  isStored = false
  #digest: Digest | undefined
  #encoded: Uint8Array | undefined
  #size: TreeSize | undefined

  /** @param digest of its message, where that is known */
  constructor(children: ReadonlyMap<string, TreeChild>, digest?: Digest) {
    this.children = children
    this.#digest = digest
  }

  /** Of its Directory message: the same for equal directories. Worked out once, with those of all below. */
  get digest(): Digest {
    if (this.#digest === undefined) {
      this.#encoded = this.#encode()
      this.#digest = digestOf(this.#encoded)
    }
    return this.#digest
  }

  /** Its Directory message. Kept until it is stored. */
  get encoded(): Uint8Array {
    const encoded = this.#encoded ?? this.#encode()
    if (!this.isStored) this.#encoded = encoded
    return encoded
  }

  get size(): TreeSize {
    this.#size ??= sizeOf(this.children.values())
    return this.#size
  }

  noteStored(): void {
    this.isStored = true
    this.#encoded = undefined
  }

  #encode(): Uint8Array {
    const files: { name: string; digest: Digest; isExecutable: boolean }[] = []
    const directories: { name: string; digest: Digest }[] = []
    const symlinks: { name: string; target: string }[] = []
    for (const [name, child] of this.children) {
      if (child.kind === 'file') files.push({ name, digest: child.digest, isExecutable: child.isExecutable })
      else if (child.kind === 'symlink') symlinks.push({ name, target: child.target })
      else directories.push({ name, digest: child.digest })
    }
    return encodeDirectory({ files, directories, symlinks })
  }
}

function sizeOf(children: Iterable<TreeChild>): TreeSize {
  let [files, entries, depth] = [0, 0, 0]
  for (const child of children) {
    entries++
    if (child.kind === 'file') files++
    if (child.kind !== 'directory') continue
    files += child.size.files
    entries += child.size.entries
    depth = Math.max(depth, child.size.depth)
  }
  return { files, entries, depth: depth + 1 }
}

/** Whether two things of a tree are the same, down to the last file. */
export function isSameChild(a: TreeChild | undefined, b: TreeChild | undefined): boolean {
  if (a === b) return true
  if (a?.kind === 'file') return b?.kind === 'file' && a.digest === b.digest && a.isExecutable === b.isExecutable
  if (a?.kind === 'symlink') return b?.kind === 'symlink' && a.target === b.target
  return a?.kind === 'directory' && b?.kind === 'directory' && a.digest === b.digest
}
