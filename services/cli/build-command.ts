import { realpathSync, statSync } from 'node:fs'
import type { SchedulingPolicy } from '../../events/build-events.ts'
import type { Engine } from './engine.ts'
import type { Reporter } from './progress/reporter.ts'
import { UserError } from './user-error.ts'

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
}

export interface BuildContext {
  readonly engine: Engine
  readonly reporter: Reporter
  /** Writes one line to standard output. */
  readonly print: (line: string) => void
  readonly signal: AbortSignal
}

/** Builds what is asked for. Returns the exit code: 0 done, 1 failed, 130 interrupted. Throws {@link UserError}. */
export async function buildCommand(options: BuildOptions, context: BuildContext): Promise<number> {
  const inDirectory = { ...options, directory: existingDirectory(options.directory) }
  if (options.isDryRun) {
    const { dryRun } = await import('./dry-run.ts')
    return dryRun(inDirectory, context)
  }
  const { buildTree } = await import('./build-tree.ts')
  return buildTree(inDirectory, context)
}

function existingDirectory(directory: string): string {
  let isDirectory: boolean
  try {
    isDirectory = statSync(directory).isDirectory()
  } catch (error) {
    throw new UserError(`${directory}: can't be entered (${(error as NodeJS.ErrnoException).code})`)
  }
  if (!isDirectory) throw new UserError(`${directory}: not a directory`)
  return realpathSync(directory)
}
