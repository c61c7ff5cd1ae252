import { describeMiss, describeReason } from '../../../events/describe-event.ts'
import type { TaskCached, TaskQueued } from '../../../events/task-events.ts'
import type { Reporter } from '../../embedded/reporter.ts'
import { ageText } from '../time-text.ts'

/** One line on why a task is made, or `undefined` where there is nothing to say. `taskId`: its id in the graph. */
export type Explain = (event: TaskQueued | TaskCached, taskId: string) => string | undefined

/** Also tells, before anything else is said of a task that is to be made, why it is. */
export function explaining(reporter: Reporter, explain: Explain): Reporter {
  return {
    commit: (commit, state) => {
      for (const event of commit.events) {
        if (event.type !== 'task-queued' && event.type !== 'task-cached') continue
        const line = explain(event, state.plan!.tasks.graph.tasks[event.task]!.id)
        if (line !== undefined) reporter.notice(line)
      }
      reporter.commit(commit, state)
    },
    notice: (line) => reporter.notice(line),
    end: (end) => reporter.end(end),
  }
}

/** For `build --explain`: the reason, and what the cache had. `now`: ms since 1970. */
export function explainWithCache(now: () => number): Explain {
  return (event, taskId) => {
    const reason = describeReason(event.reason)
    if (event.type === 'task-queued') {
      const cache = event.miss === undefined ? '' : `; cache: ${describeMiss(event.miss)}`
      return `${taskId}: ${reason}${cache}`
    }
    const { at, worker } = event.origin
    return `${taskId}: from the cache (built ${ageText(now() - at)} by ${worker}): ${reason}`
  }
}
