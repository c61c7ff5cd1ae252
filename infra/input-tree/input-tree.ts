import type { Digest } from '../../events/digest.ts'
import { compareNames, faultOfName } from '../reapi/file-name.ts'
import { InputTreeError } from './input-tree-error.ts'
import { type TreeChild, TreeDirectory } from './tree-directory.ts'
import { TreeDraft } from './tree-draft.ts'

/**
 * A file, a symbolic link or a directory of a tree. `path`: the client's absolute path without the slash at its start, so
 * that the tree's root is `/`.
 */
export type TreeEntry = TreeFileEntry | TreeSymlinkEntry | TreeDirectoryEntry

export interface TreeFileEntry {
  readonly path: string
  readonly digest: Digest
  readonly isExecutable: boolean
}

export interface TreeSymlinkEntry {
  readonly path: string
  /** What the link says, not followed. */
  readonly target: string
}

/** A directory that is to be there, even if nothing is in it. What is in it stays. */
export interface TreeDirectoryEntry {
  readonly path: string
  readonly isDirectory: true
}

/** An encoded Directory message. */
export interface TreeBlob {
  readonly digest: Digest
  readonly content: Uint8Array
}

/** Parts of a path beyond which it is refused: that is as deep as directories are walked. */
export const depthMax = 256

/**
 * The files that a command may read: a Merkle tree of REAPI's Directory messages. It never changes: a change gives a new
 * tree, which shares what they have in common, digests included.
 */
export class MerkleTree {
  static readonly empty = new MerkleTree(new TreeDirectory(new Map()))

  readonly root: TreeDirectory

  constructor(root: TreeDirectory) {
    this.root = root
  }

  /** Throws {@link InputTreeError}, as `with` does. */
  static of(entries: Iterable<TreeEntry>): MerkleTree {
    return MerkleTree.empty.with(entries)
  }

  /** Of the root's Directory message. Only directories that are new are hashed. */
  get digest(): Digest {
    return this.root.digest
  }

  /** Files in it, counted at each of their paths. */
  get files(): number {
    return this.root.size.files
  }

  /**
   * The tree with these entries in place of what is at their paths; later ones win. Takes time for the directories on the way
   * to what changes; the same tree object when nothing does. Throws {@link InputTreeError} for a path that can't be, or
   * that lies below a file or a link.
   */
  with(entries: Iterable<TreeEntry>): MerkleTree {
    const draft = new TreeDraft(this.root)
    for (const entry of entries) {
      checkPath(entry.path)
      if ('isDirectory' in entry) draft.makeDirectory(entry.path)
      else draft.put(entry.path, childOf(entry))
    }
    return this.#finished(draft)
  }

  /** The tree without what is at these paths, and below them. Their directories stay. */
  without(paths: Iterable<string>): MerkleTree {
    const draft = new TreeDraft(this.root)
    for (const path of paths) {
      checkPath(path)
      draft.remove(path)
    }
    return this.#finished(draft)
  }

  /** What is at a path; '' is the root. Links are not followed. */
  get(path: string): TreeChild | undefined {
    let child: TreeChild | undefined = this.root
    for (const name of path === '' ? [] : path.split('/'))
      child = child?.kind === 'directory' ? child.children.get(name) : undefined
    return child
  }

  /** Names in a directory, sorted; none where there is no directory. */
  list(path: string): readonly string[] {
    const child = this.get(path)
    return child?.kind === 'directory' ? [...child.children.keys()].sort(compareNames) : []
  }

  /** The Directory messages that no tree with {@link noteStored} has, each digest once, the root last. */
  blobs(): readonly TreeBlob[] {
    const blobs = new Map<Digest, Uint8Array>()
    walk(this.root, (directory) => blobs.set(directory.digest, directory.encoded))
    return [...blobs].map(([digest, content]) => ({ digest, content }))
  }

  /** All Directory messages are stored: {@link blobs} of this tree and of those that share with it leave them out. */
  noteStored(): void {
    walk(this.root, (directory) => directory.noteStored())
  }

  /** Forgets that: for a store that has lost some of them. */
  noteLost(): void {
    walk(this.root, (directory) => forgetStored(directory), false)
  }

  #finished(draft: TreeDraft): MerkleTree {
    const root = draft.finish()
    return root === this.root ? this : new MerkleTree(root)
  }
}

function forgetStored(directory: TreeDirectory): void {
  directory.isStored = false
}

/** Calls for each directory, those inside first; leaves out those that are stored, unless told otherwise. */
function walk(directory: TreeDirectory, call: (directory: TreeDirectory) => void, isWithoutStored = true): void {
  if (isWithoutStored && directory.isStored) return
  for (const child of directory.children.values()) if (child.kind === 'directory') walk(child, call, isWithoutStored)
  call(directory)
}

function childOf(entry: TreeFileEntry | TreeSymlinkEntry): TreeChild {
  if ('target' in entry) return { kind: 'symlink', target: entry.target }
  return { kind: 'file', digest: entry.digest, isExecutable: entry.isExecutable }
}

function checkPath(path: string): void {
  const names = path.split('/')
  if (names.length > depthMax)
    throw new InputTreeError(`input tree: /${path.slice(0, 100)}... has more than ${depthMax} parts; shorten it`)
  for (const name of names) {
    const fault = faultOfName(name)
    if (fault !== null)
      throw new InputTreeError(
        `input tree: ${JSON.stringify(name)} in ${JSON.stringify(path)} ${fault}; name files by their plain absolute paths`,
      )
  }
}
