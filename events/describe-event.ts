import type { BuildEvent, TaskCounts } from './build-events.ts'
import type { CacheMiss, NotKept, Uncacheable } from './cache-miss.ts'
import { countRanges, fromRanges, type Ranges } from './ranges.ts'
import type { RunReason } from './run-reason.ts'
import type { TaskAttemptFailed } from './task-events.ts'

/** One plain line that says what happened. `taskName` names a task number of the build's plan. */
export function describeEvent(event: BuildEvent, taskName: (task: number) => string): string {
  switch (event.type) {
    case 'build-requested': {
      const { targets, directory } = event.request
      return `build of ${targets.length === 0 ? 'the default targets' : targets.join(' ')} in ${directory} requested`
    }
    case 'build-resumed':
      return `build resumed by process ${event.requester.pid} on ${event.requester.host}`
    case 'build-taken-over':
      return `build taken over by process ${event.requester.pid} on ${event.requester.host}`
    case 'build-warned':
      return `warning: ${event.message}`
    case 'source-prepared':
      return `sources ready for workers of platform ${event.platform.slice(0, 12)}`
    case 'build-planned':
      return `build planned: ${amount(countRanges(event.upToDate), 'task')} up to date`
    case 'build-started':
      return `build started with ${amount(event.slots, 'slot')}`
    case 'build-succeeded':
      return `build succeeded: ${describeCounts(event.counts)}`
    case 'build-failed':
      return `build failed: ${event.message ?? describeCounts(event.counts)}`
    case 'build-cancelled':
      return `build cancelled (${event.reason}): ${describeCounts(event.counts)}`
    case 'files-digested':
      return `${amount(event.files.length, 'file version')} recorded`
    case 'surroundings-noted':
      return `${amount(event.surroundings.length, 'set')} of tools and variables recorded`
    case 'task-up-to-date':
      return `${taskName(event.task)} is up to date`
    case 'task-cached':
      return `${taskName(event.task)} taken from the cache: ${describeReason(event.reason)}`
    case 'task-queued':
      return `${taskName(event.task)} queued: ${describeReason(event.reason)}`
    case 'task-started':
      return `${taskName(event.task)} started on ${event.worker}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`
    case 'task-succeeded':
      return `${taskName(event.task)} succeeded in ${describeDuration(event.phases.runMs)} on ${event.worker}`
    case 'task-attempt-failed':
      return `${taskName(event.task)} failed ${describeFailure(event)}`
    case 'task-outputs-lost':
      return `outputs of ${taskName(event.task)} lost, needed by ${taskName(event.reader)}: it runs again`
    case 'tasks-skipped':
      return `${describeTasks(event.tasks, taskName)} skipped`
    case 'tasks-cancelled':
      return `${describeTasks(event.tasks, taskName)} cancelled`
    case 'dyndep-loaded':
      return `dyndep file ${event.file} read: ${amount(event.tasks.length, 'task')}`
  }
}

/** Why a task ran, in a few words. */
export function describeReason(reason: RunReason): string {
  switch (reason.kind) {
    case 'no-record':
      return 'no record'
    case 'output-missing':
      return `output missing: ${reason.path}`
    case 'output-changed':
      return `output changed: ${reason.path}`
    case 'command-changed':
      return 'command changed'
    case 'tool-changed':
      return `${reason.is === null ? 'tool gone' : 'tool changed'}: ${reason.path}`
    case 'variable-changed':
      if (reason.is === null) return `variable unset: ${reason.name}`
      return `${reason.was === null ? 'variable set' : 'variable changed'}: ${reason.name}`
    case 'input-changed':
      if (reason.is === null) return `input gone: ${reason.path}`
      return `${reason.was === null ? 'input appeared' : 'input changed'}: ${reason.path}`
    case 'input-added':
      return `input added: ${reason.path}`
    case 'input-removed':
      return `input removed: ${reason.path}`
    case 'header-shadowed':
      return `header shadowed: ${reason.by} comes before ${reason.path}`
    case 'output-older':
      return `output older than an input: ${reason.path}`
    case 'always':
      return `always runs: ${reason.path} never exists`
  }
}

/** Why the cache was no help, in a few words. */
export function describeMiss(miss: CacheMiss): string {
  switch (miss.kind) {
    case 'cache-off':
      return 'the cache is off'
    case 'uncacheable':
      return `never cached: ${uncacheableTexts[miss.because]}`
    case 'unknown-task':
      return 'no result of this command, inputs and tools is cached'
    case 'unknown-files':
      return 'it is cached only with other contents of what it reads'
    case 'lost-blobs':
      return 'its cached result is no longer complete'
    case 'unmovable':
      return 'its cached result belongs to another folder'
  }
}

const uncacheableTexts: Readonly<Record<Uncacheable, string>> = {
  console: 'it works on the terminal',
  generator: 'it writes the build graph',
  declared: 'the graph says so',
  always: 'it is to run in every build',
  'no-outputs': 'it has no outputs',
  'undeclared-outputs': 'it writes files that the graph does not name',
  'undeclared-inputs': 'it reads files that nothing names',
}

/** Why a result was not given to the cache, in a few words. */
export function describeNotKept(notKept: NotKept): string {
  switch (notKept.kind) {
    case 'input-changed':
      return `${notKept.path} changed during the run`
    case 'output-missing':
      return `output ${notKept.path} was not made`
    case 'output-special':
      return `output ${notKept.path} is neither a file nor a link`
    case 'only-stamps':
      return 'its outputs are empty'
    case 'unknown-reads':
      return 'its depfile was not written'
    case 'unseen-reads':
      return `${notKept.path} reads files that no depfile names`
    case 'long-output':
      return 'it printed more than is recorded'
    case 'not-stored':
      return 'the cache could not take it'
  }
}

/** `12 run, 3 up to date, 1 failed`: what there is none of is left out. */
export function describeCounts(counts: TaskCounts): string {
  const parts = [
    [counts.run, 'run'],
    [counts.cached, 'from cache'],
    [counts.upToDate, 'up to date'],
    [counts.failed, 'failed'],
    [counts.skipped, 'skipped'],
    [counts.cancelled, 'cancelled'],
    [counts.retried, 'retried'],
  ] as const
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return shown.length === 0 ? 'nothing to do' : shown.join(', ')
}

/** A duration in ms for people: `812 ms`, `3.4 s`, `2 min 5 s`, `1 h 1 min`. */
export function describeDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function describeFailure({ failure, worker, attempt, phases }: TaskAttemptFailed): string {
  const which = attempt > 1 ? `, attempt ${attempt}` : ''
  return `after ${describeDuration(phases.runMs)} on ${worker}${which}: ${failure.kind}, ${failure.message}`
}

/** The name of a single task, or the first and how many there are. */
function describeTasks(tasks: Ranges, taskName: (task: number) => string): string {
  const [first] = fromRanges(tasks)
  const count = countRanges(tasks)
  if (first === undefined) return 'no task'
  return count === 1 ? taskName(first) : `${taskName(first)} and ${count - 1} more`
}

function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
