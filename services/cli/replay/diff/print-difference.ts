import type { EventLog } from '../../../../infra/event-log/event-log.ts'
import { findBuild } from '../../find-build.ts'
import { BuildHistory } from '../../history/build-history.ts'
import type { PacedOutput } from '../../paced-output.ts'
import type { Paint } from '../../progress/colour.ts'
import { buildDifference } from './build-difference.ts'
import { differenceText } from './difference-text.ts'

export interface PrintDifferenceOptions {
  /** The build that the other one is held against: a whole id, its beginning or end; `last`; `@n`. */
  readonly diff: string
  /** Counts only builds of this directory. */
  readonly directory?: string
  readonly isVerbose: boolean
  readonly isJson: boolean
  readonly paint: Paint
  /** Is told of earlier builds that can't be read, in one line each. */
  readonly notice: (line: string) => void
}

/** Prints in what a build differs from another one. Throws `UserError`, and `LogDamage` where one of them does not hold. */
export async function printDifference(
  log: EventLog,
  buildId: string,
  out: PacedOutput,
  { diff, isVerbose, isJson, paint, notice, ...search }: PrintDifferenceOptions,
): Promise<void> {
  const other = await findBuild(log, { ...search, name: diff })
  const history = new BuildHistory(log, notice)
  const difference = await buildDifference(history, await history.read(other.buildId), await history.read(buildId))
  if (isJson) out.line(JSON.stringify(difference))
  else for (const line of differenceText(difference, isVerbose, paint)) out.line(line)
}
