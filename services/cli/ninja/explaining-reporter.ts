import { describeReason } from '../../../events/describe-event.ts'
import type { Reporter } from '../../embedded/reporter.ts'

/** Also tells why each task runs, as `ninja -d explain` does. */
export function explaining(reporter: Reporter): Reporter {
  return {
    commit: (commit, state) => {
      for (const event of commit.events)
        if (event.type === 'task-queued') {
          const { id } = state.plan!.tasks.graph.tasks[event.task]!
          reporter.notice(`ninja explain: ${id}: ${describeReason(event.reason)}`)
        }
      reporter.commit(commit, state)
    },
    notice: (line) => reporter.notice(line),
    end: (end) => reporter.end(end),
  }
}
