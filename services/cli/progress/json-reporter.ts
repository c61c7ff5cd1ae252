import type { BuildEvent } from '../../../events/build-events.ts'
import type { Commit } from '../../../events/commit.ts'
import { fromRanges } from '../../../events/ranges.ts'
import type { BuildState, PlanState } from '../../../machines/build-state.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'
import { GuardedStream } from './guarded-stream.ts'
import type { ReporterOptions } from './reporter-options.ts'

/**
 * For programs: standard output has one JSON object a line and nothing else. Each event of the log is one, with `build`,
 * `version` and `at` of its commit (an event that has its own `at` keeps it) and the task's `id` (`ids` for an event of
 * many tasks). The last line has the type `summary`.
 */
export class JsonReporter implements Reporter {
  readonly #stderr: NodeJS.WritableStream
  readonly #stdout: GuardedStream

  constructor({ stdout, stderr }: Pick<ReporterOptions, 'stdout' | 'stderr'>) {
    this.#stderr = stderr
    this.#stdout = new GuardedStream(stdout, (line) => this.notice(line))
  }

  commit(commit: Commit, state: BuildState): void {
    this.#stdout.write(eventLines(commit, state))
  }

  notice(line: string): void {
    this.#stderr.write(`${line}\n`)
  }

  async end(end: BuildEnd): Promise<void> {
    this.#stdout.write(summaryLine(end))
    await this.#stdout.flushed()
  }
}

/** The lines of one commit, each with its line break. */
export function eventLines({ buildId, version, at, events }: Commit, { plan }: BuildState): string {
  let lines = ''
  for (const event of events)
    lines += `${JSON.stringify({ build: buildId, version, at, ...event, ...idsOf(event, plan) })}\n`
  return lines
}

/** The last line, with its line break. */
export function summaryLine({ buildId, status, counts, wallMs }: BuildEnd): string {
  const summary = {
    type: 'summary',
    build: buildId,
    status,
    total: counts.total,
    up_to_date: counts.upToDate,
    cached: counts.cached,
    run: counts.run,
    failed: counts.failed,
    skipped: counts.skipped,
    cancelled: counts.cancelled,
    retried: counts.retried,
    wall_ms: wallMs,
  }
  return `${JSON.stringify(summary)}\n`
}

function idsOf(event: BuildEvent, plan: PlanState | undefined): { id?: string; ids?: readonly string[] } {
  if (plan === undefined) return {}
  const { tasks } = plan.tasks.graph
  if ('task' in event) return { id: tasks[event.task]!.id }
  if (event.type !== 'tasks-skipped' && event.type !== 'tasks-cancelled') return {}
  return { ids: [...fromRanges(event.tasks)].map((task) => tasks[task]!.id) }
}
