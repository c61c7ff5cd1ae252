import type { TaskCounts } from '../../events/build-events.ts'
import type { Commit } from '../../events/commit.ts'
import type { BuildState } from '../../machines/build-state.ts'

/** Tells the user how a build goes. */
export interface Reporter {
  /** Called with every stored commit, in order, right after its events were folded into `state`. */
  commit(commit: Commit, state: BuildState): void
  /** Something to know that is not an event of a build (warnings, waiting for another process). One line. */
  notice(line: string): void
  /** Called once, after the last commit. Resolves when everything is written. */
  end(end: BuildEnd): Promise<void>
}

export interface BuildEnd {
  readonly buildId: string
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly counts: TaskCounts
  readonly wallMs: number
}
