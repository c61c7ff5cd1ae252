import type { RunReason } from '../../../events/run-reason.ts'
import type { BuildHistory } from '../history/build-history.ts'
import { type RecordedRun, recordedRun } from '../history/recorded-run.ts'
import { comparedWithLast } from './compared-runs.ts'
import type { Cause } from './why-answer.ts'

/** A chain is followed over so many tasks. */
const causesMax = 50

/** Follows a changed file to the task that made it, and on to what made that one run, up to the root cause. */
export async function causesOf(history: BuildHistory, run: RecordedRun): Promise<readonly Cause[]> {
  const causes: Cause[] = []
  let at: RecordedRun | undefined = run
  let root: RecordedRun | undefined
  while (at !== undefined && causes.length < causesMax) {
    at = await makerOf(history, at)
    if (at === undefined) break
    const { build, plan, task, end, story } = at
    causes.push({ task: plan.graph.tasks[task]!.id, build: build.buildId, end, reason: story.lookedUp.reason })
    root = at
  }
  if (root === undefined) return causes
  const { last } = await comparedWithLast(history, root)
  return last === undefined ? causes : causes.with(-1, { ...causes.at(-1)!, differences: last.differences })
}

/** The run that made the file which the reason names: in the same build, or in an earlier one of the directory. */
async function makerOf(history: BuildHistory, { build, plan, story }: RecordedRun): Promise<RecordedRun | undefined> {
  const path = changedFile(story.lookedUp.reason)
  const maker = path === undefined ? undefined : plan.tasks.makerOfPath(path)
  if (maker === undefined || plan.graph.tasks[maker]!.command === undefined) return undefined
  const here = recordedRun(build, plan, maker)
  if (here !== undefined) return here
  const { id } = plan.graph.tasks[maker]!
  for await (const run of history.runsBefore(build, id, build.request.directory)) return run
  return undefined
}

function changedFile(reason: RunReason): string | undefined {
  switch (reason.kind) {
    case 'input-changed':
    case 'input-added':
      return reason.path
    case 'header-shadowed':
      return reason.by
    default:
      return undefined
  }
}
