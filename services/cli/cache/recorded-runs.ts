import type { ResultOrigin } from '../../../events/action-result.ts'
import type { BuildEvent } from '../../../events/build-events.ts'
import type { BuildId } from '../../../events/build-id.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { TaskOutput } from '../../../events/task-events.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import { taskNames } from './task-names.ts'

/** How a result came into a work tree, by the log. */
export interface RecordedRun {
  readonly origin: Omit<ResultOrigin, 'task' | 'roots'>
  readonly output?: TaskOutput
  /** Key under which the cache was given the result, or gave it. */
  readonly action?: string
  /** When the command began, in ms since 1970; absent for a result that the cache gave. */
  readonly startedAt?: number
}

/** The last run of each task in a build, by task id. Throws `LogDamage` and `AttachmentDamage`. */
export async function recordedRuns(log: EventLog, build: BuildId): Promise<ReadonlyMap<string, RecordedRun>> {
  const runs = new Map<string, RecordedRun>()
  const startedAt = new Map<number, number>()
  const namesOf = taskNames(log)
  let names: readonly string[] = []
  for await (const stored of verifiedCommits(log.read(build)))
    for (const event of decodeCommit(stored).events) {
      if (event.type === 'build-planned') names = await namesOf(event.graph)
      else if (event.type === 'task-started') startedAt.set(event.task, event.at)
      const run = runOf(event, build, startedAt)
      if (run !== undefined && 'task' in event) runs.set(names[event.task]!, run)
    }
  return runs
}

function runOf(event: BuildEvent, build: BuildId, startedAt: ReadonlyMap<number, number>): RecordedRun | undefined {
  switch (event.type) {
    case 'task-cached': {
      const { origin, action, output } = event
      return { origin, action, ...(output === undefined ? {} : { output }) }
    }
    case 'task-succeeded': {
      const { worker, at, phases, kept, output, task } = event
      return {
        origin: { build, worker, at, runMs: phases.runMs },
        // One that is not in the log began before anything that is.
        startedAt: startedAt.get(task) ?? 0,
        ...(kept === undefined ? {} : { action: kept }),
        ...(output === undefined ? {} : { output }),
      }
    }
    default:
      return undefined
  }
}
