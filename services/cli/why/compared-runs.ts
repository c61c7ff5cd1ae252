import { differencesBetween, distanceOf } from '../../../machines/keys/run-differences.ts'
import type { BuildHistory } from '../history/build-history.ts'
import { endedAt, type RecordedRun, taskRunOf } from '../history/recorded-run.ts'
import type { ComparedRun, WhyAnswer } from './why-answer.ts'

/** The run that left the last result in the directory, compared with the given one; or that it failed. */
export async function comparedWithLast(
  history: BuildHistory,
  run: RecordedRun,
): Promise<Pick<WhyAnswer, 'last' | 'lastFailed'>> {
  const { id } = run.plan.graph.tasks[run.task]!
  for await (const last of history.runsBefore(run.build, id, run.build.request.directory))
    return last.end === 'failed'
      ? { lastFailed: { build: last.build.buildId, at: endedAt(last) } }
      : { last: comparedRun(last, run) }
  return {}
}

/**
 * Of the earlier runs that made a result, in any directory, the one that is least different: of equals one of the same
 * directory, and of these the newest.
 */
export async function nearestRun(history: BuildHistory, run: RecordedRun): Promise<ComparedRun | undefined> {
  const { id } = run.plan.graph.tasks[run.task]!
  let nearest: ComparedRun | undefined
  let least = Number.POSITIVE_INFINITY
  for await (const earlier of history.runsBefore(run.build, id, undefined)) {
    if (earlier.end === 'failed') continue
    const compared = comparedRun(earlier, run)
    const isElsewhere = compared.directory !== run.build.request.directory
    const distance = distanceOf(compared.differences) + (isElsewhere ? 0.5 : 0)
    if (distance >= least) continue
    nearest = compared
    least = distance
    if (distance === 0) break
  }
  return nearest
}

function comparedRun(earlier: RecordedRun, run: RecordedRun): ComparedRun {
  const { ended } = earlier.story
  const notKept = ended?.type === 'task-succeeded' ? ended.notKept : undefined
  return {
    build: earlier.build.buildId,
    directory: earlier.build.request.directory,
    at: endedAt(earlier),
    differences: differencesBetween(taskRunOf(earlier), taskRunOf(run)),
    ...(notKept === undefined ? {} : { notKept }),
  }
}
