import type { BuildEvent } from '../../events/build-events.ts'
import type { AttemptEnd, TaskOutput } from '../../events/task-events.ts'
import type { AttemptSucceeded, TaskReport } from '../../events/task-report.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import { type BuildState, statusOf } from '../../machines/build-state.ts'

/** Output up to this size stands in the event itself. */
const outputInEventBytesMax = 2048

/**
 * The facts that a worker's report adds to the log. Long output is attached to the log first. What comes later is to be
 * called when its events are recorded: it numbers file versions.
 *
 * @param succeeded the events of an attempt that ended well
 */
export function eventsOfReport(
  report: TaskReport,
  log: EventLog,
  succeeded: (end: AttemptEnd, report: AttemptSucceeded) => BuildEvent[],
): BuildEvent[] | Promise<() => BuildEvent[]> {
  const { task, attempt, worker, at } = report
  if (report.type === 'attempt-started') return [{ type: 'task-started', task, attempt, worker, at }]
  const output = outputOf(report.output, report.outputBytesDropped, log)
  const events = (kept: TaskOutput | undefined): BuildEvent[] => {
    const end: AttemptEnd = { task, attempt, worker, at, phases: report.phases, ...(kept ? { output: kept } : {}) }
    if (report.type === 'attempt-failed') return [{ ...end, type: 'task-attempt-failed', failure: report.failure }]
    return succeeded(end, report)
  }
  return output instanceof Promise ? output.then((kept) => () => events(kept)) : events(output)
}

/** An event that tells of an attempt which is no longer awaited: the first result counted, or the build has ended. */
export function isLate(event: BuildEvent, state: BuildState): boolean {
  if (state.actor.getSnapshot().status === 'done') return true
  switch (event.type) {
    case 'task-started':
    case 'task-succeeded':
    case 'task-attempt-failed': {
      const snapshot = state.plan?.actors.get(event.task)?.getSnapshot()
      return snapshot === undefined || snapshot.context.attempt !== event.attempt || !snapshot.can(event)
    }
    case 'task-up-to-date':
    case 'task-cached':
    case 'task-queued':
      return !state.plan?.actors.has(event.task)
    case 'task-outputs-lost': {
      const { plan } = state
      const reader = plan?.actors.get(event.reader)?.getSnapshot().value
      return plan === undefined || (reader !== 'queued' && statusOf(plan, event.reader) !== 'waiting')
    }
    default:
      return false
  }
}

/** What a task printed, as an event holds it: long text is attached to the log. */
export function outputOf(
  output: Uint8Array,
  outputBytesDropped: number,
  log: EventLog,
): TaskOutput | undefined | Promise<TaskOutput> {
  const dropped = outputBytesDropped > 0 ? { bytesDropped: outputBytesDropped } : {}
  if (output.byteLength === 0) return outputBytesDropped > 0 ? dropped : undefined
  if (output.byteLength <= outputInEventBytesMax) {
    const text = new TextDecoder().decode(output)
    if (Buffer.byteLength(text) === output.byteLength && !text.includes('\ufffd')) return { text, ...dropped }
  }
  const attachment = log.attach(output)
  if (typeof attachment === 'string') return { attachment, ...dropped }
  return attachment.then((digest) => ({ attachment: digest, ...dropped }))
}
