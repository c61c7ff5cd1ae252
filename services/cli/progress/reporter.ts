import type { TaskCounts } from '../../../events/build-events.ts'
import type { Commit } from '../../../events/commit.ts'
import type { TaskOutput } from '../../../events/task-events.ts'
import type { BuildState } from '../../../machines/build-state.ts'

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

export interface ReporterOptions {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** `-v`: whole commands in place of descriptions. */
  readonly isVerbose: boolean
  /** Only failures and the summary. */
  readonly isQuiet: boolean
  /** What a task printed, from the event log. */
  readonly readOutput: (output: TaskOutput) => Promise<Uint8Array>
  /** ms since 1970. */
  readonly now: () => number
}

/** Where text goes: a stream that may be a terminal, whose size is then known and may change. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}
