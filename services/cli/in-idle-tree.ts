import type { Engine } from '../embedded/engine.ts'
import { takeTreeLease } from '../embedded/tree-lease.ts'

export interface IdleTreeContext {
  readonly engine: Engine
  /** One line to know while waiting. */
  readonly notice: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Does something to the files that builds made, while no build runs in the directory. A build that a dead process left
 * behind is brought to its end first: what it had made is about to change.
 */
export async function inIdleTree<Result>(
  directory: string,
  { engine, notice, signal }: IdleTreeContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const lease = await takeTreeLease(engine, directory, { notice, signal })
  try {
    if (lease.crashedBuildId !== undefined) {
      const { closeCrashedBuild, loadCrashedBuild } = await import('../embedded/crashed-build.ts')
      const crashed = await loadCrashedBuild(engine.log, lease.crashedBuildId, notice)
      if (crashed !== undefined) await closeCrashedBuild(engine.log, crashed, engine.clock.now())
    }
    return await work()
  } finally {
    await lease.release()
  }
}
