import type { SchedulingPolicy } from '../../events/build-events.ts'
import type { Engine } from './engine.ts'
import type { Reporter } from './reporter.ts'

export interface BuildOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  readonly targets: readonly string[]
  readonly jobs: number
  /** Failed tasks after which no further one is started; 0: no limit. */
  readonly failuresMax: number
  readonly policy: SchedulingPolicy
  readonly isDryRun: boolean
  readonly isVerbose: boolean
  /** A dry run also tells why. */
  readonly isExplaining?: boolean
  /** Directory of the sources, where it can't be told from the build directory. */
  readonly root?: string
}

export interface BuildContext {
  readonly engine: Engine
  readonly reporter: Reporter
  /** Writes one line to standard output. */
  readonly print: (line: string) => void
  readonly signal: AbortSignal
}
