import type { Digest } from '../../events/digest.ts'
import type { MerkleTree } from './input-tree.ts'

/** A directory of one slot of a worker, that holds the input tree of the command that runs in it. One command at a time. */
export interface Stage {
  /** Absolute; what the tree has at `home/u/a.c` is at `<directory>/home/u/a.c`. */
  readonly directory: string
  /**
   * Makes the directory hold exactly this tree. Files are read-only (0444 or 0555), have the same modification time
   * everywhere, and share their inode with other stages: they are never to be written in place. What earlier commands left
   * in directories of {@link noteWritable} is removed. No process may be at work in it. After `lost-input` it holds a part
   * of the tree, and the next call completes it. Rejects with {@link StageError}, and with what the blob store throws.
   */
  bring(tree: MerkleTree): Promise<BringOutcome>
  /**
   * A command may change what is in these directories, and below: the next `bring` looks at them. To be called before it
   * runs. @param directories paths as in trees, without the slash at their start
   */
  noteWritable(directories: Iterable<string>): void
}

export type BringOutcome = Brought | LostInput

export interface Brought {
  readonly kind: 'brought'
  /** Files that were put in place. */
  readonly linked: number
  /** Of the blob store. */
  readonly fetched: number
  readonly fetchedBytes: number
  /** Files that were in place already. */
  readonly reused: number
}

/** Contents that are nowhere: who made them has to make them again. */
export interface LostInput {
  readonly kind: 'lost-input'
  /** One path for each. */
  readonly lost: readonly { readonly path: string; readonly digest: Digest }[]
}

/** The worker's disk can't be used. The message is one line and says how to mend it. */
export class StageError extends Error {
  override readonly name = 'StageError'
}
