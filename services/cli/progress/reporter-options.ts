import type { TaskOutput } from '../../../events/task-events.ts'
import type { BuildEnd } from '../../embedded/reporter.ts'
import type { OutputStream } from '../output-stream.ts'

export interface ReporterOptions {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** `-v`: whole commands in place of descriptions. */
  readonly isVerbose: boolean
  /** Only failures and the summary. */
  readonly isQuiet: boolean
  /** What a task printed, from the event log. */
  readonly readOutput: (output: TaskOutput) => Promise<Uint8Array>
  /** The last lines of a build; absent: our own. */
  readonly closingLines?: (end: BuildEnd) => readonly string[]
  /** ms since 1970. */
  readonly now: () => number
}
