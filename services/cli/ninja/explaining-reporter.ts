import { describeReason } from '../../../events/describe-event.ts'
import type { Reporter } from '../../embedded/reporter.ts'
import { explaining as explainingWith } from '../progress/explaining-reporter.ts'

/** Also tells why each task runs, as `ninja -d explain` does. */
export function explaining(reporter: Reporter): Reporter {
  return explainingWith(reporter, (event, taskId) =>
    event.type === 'task-queued' ? `ninja explain: ${taskId}: ${describeReason(event.reason)}` : undefined,
  )
}
