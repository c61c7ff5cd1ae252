import type { Commit } from '../../../events/commit.ts'
import { UserError } from '../../user-error.ts'
import type { PacedOutput } from '../paced-output.ts'
import type { Paint } from '../progress/colour.ts'
import type { ReplayLimit } from './replay-limit.ts'
import type { ReplayedBuild, ReplayedCommit } from './replayed-build.ts'
import { StateObserver, type StateSummary } from './state-summary.ts'
import { placeText, stateText } from './state-text.ts'

/** Of a kind of tasks at most so many are named; `--json` names all. */
const tasksMax = 20

export interface PrintStateOptions {
  readonly limit: ReplayLimit
  readonly lastVersion: number
  readonly isJson: boolean
  readonly paint: Paint
}

/** Prints how a build stood at some point. Throws {@link UserError} for a point before or behind the build. */
export async function printState(build: ReplayedBuild, out: PacedOutput, options: PrintStateOptions): Promise<void> {
  const { isJson, lastVersion, paint } = options
  const summary = await stateAt(build, options.limit, lastVersion)
  if (isJson) {
    out.line(JSON.stringify(summary))
    return
  }
  out.line(`build ${build.buildId}, ${placeText(summary, lastVersion)}`)
  for (const line of stateText(summary, tasksMax, paint)) out.line(line)
}

async function stateAt(build: ReplayedBuild, limit: ReplayLimit, lastVersion: number): Promise<StateSummary> {
  if (limit.kind === 'version' && limit.version > lastVersion)
    throw new UserError(`build ${build.buildId} has ${lastVersion} commits; there is no commit ${limit.version}`)
  const observer = new StateObserver()
  let until = limit.kind === 'time' ? limit.at : Number.POSITIVE_INFINITY
  const isBeyond = ({ version, at }: Commit) => {
    if (limit.kind === 'version') return version > limit.version
    if (limit.kind === 'offset' && version === 1) until = at + limit.ms
    return at > until
  }
  let last: ReplayedCommit | undefined
  for await (const replayed of build.commits(isBeyond)) {
    observer.commit(replayed.commit)
    last = replayed
  }
  if (last === undefined) throw new UserError(`build ${build.buildId} had not been requested by then`)
  const isWithin = limit.kind !== 'version' && last.commit.version < lastVersion
  return observer.summary(last.state, last.commit, isWithin ? until : last.commit.at)
}
