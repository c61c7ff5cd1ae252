import type { Digest } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { RunOrder } from '../../infra/executor/executor.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { inPlace, type Locate } from './locate.ts'

/** Where a worker runs what it is given. */
export interface Workplace {
  /**
   * Makes ready what the order's command may read, and tells where its files are. A failure: an input is nowhere to be
   * found, or this worker can't offer what the order asks for.
   */
  open(order: TaskOrder): OpenPlace | Failure | Promise<OpenPlace | Failure>
}

export interface OpenPlace {
  readonly locate: Locate
  /** The order's files, by the paths that it writes. */
  readonly tree: SourceTree
  /** Nobody else sees these files: outputs count once they are in the blob store. */
  readonly isApart: boolean
  /** Whether a file that the command has read is the build's own; others belong to the platform. Absent: all count. */
  readonly sees?: (path: string) => boolean
  /** Stores all that is in the order's output tree, and returns the digest of the input tree with it. */
  readonly storeTree?: () => Promise<Digest>
  /** The command as it is started here. Throws when it can't be. */
  readonly command: (run: RunOrder) => RunOrder
  /** The command has ended: resolves when nothing of it is left. */
  readonly ended?: (isKilled: boolean) => Promise<void>
  /** The attempt has ended, and its outputs are where they belong. */
  readonly close: () => void | Promise<void>
}

/** The client's own directories, which all commands share. */
export function clientWorkplace(tree: SourceTree): Workplace {
  return {
    open: (order) => ({
      locate: inPlace(order),
      tree,
      isApart: false,
      command: (run) => run,
      close: () => {},
    }),
  }
}
