import type { BuildId } from '../../events/build-id.ts'
import type { Commit } from '../../events/commit.ts'

/** Shows those who run a cluster what builds do. Nothing here fails a build, or holds one up. */
export interface Telemetry {
  /**
   * Told of each stored commit of a build, from its first one on and in their order; whoever takes a build over tells of
   * those before too. Spans that were sent by another process are sent again, with the same ids.
   *
   * @param taskName names a task number of the build's plan as it is after the commit
   */
  commit(commit: Commit, taskName: (task: number) => string): void
  /** The build has ended, or is another's by now. */
  forget(buildId: BuildId): void
  /** Sends what is left, for as long as one try may take. */
  close(): Promise<void>
}
