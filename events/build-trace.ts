import type { BuildEvent, BuildRequested, TaskCounts } from './build-events.ts'
import type { BuildSpan, SpanAttributes, SpanEvent, SpanLink } from './build-span.ts'
import type { Commit } from './commit.ts'
import { describeCounts, describeEvent, describeReason } from './describe-event.ts'
import { OpenTaskSpan, type TaskOutcome } from './open-task-span.ts'
import { fromRanges } from './ranges.ts'
import type { TaskCached, TaskQueued } from './task-events.ts'
import { spanIdOf, traceIdOf } from './trace-context.ts'

/** Names a task number of the build's plan. */
export type TaskName = (task: number) => string

/**
 * All spans of a build: its own, below it one for each task that ran or came from the cache, below that its phases, and its
 * attempts that failed with theirs. Tasks that were up to date or skipped have none. The same commits give the same spans
 * with the same ids, whoever asks and whenever. What the commits don't see the end of ends with the last one, as `unfinished`.
 */
export function traceOf(commits: Iterable<Commit>, taskName: TaskName): BuildSpan[] {
  const trace = new BuildTrace()
  const spans: BuildSpan[] = []
  for (const commit of commits) spans.push(...trace.advance(commit, taskName))
  return [...spans, ...trace.unfinished()]
}

interface FirstCommit {
  readonly commit: Commit
  readonly event: BuildRequested
  readonly traceId: string
  /** Of the build's own span. */
  readonly spanId: string
}

/** What a build's trace is made with, one commit after the other, from the first on. */
export class BuildTrace {
  readonly #open = new Map<number, OpenTaskSpan>()
  /** How often tasks were begun, and the span of the last time; only of those whose outputs were lost. */
  readonly #again = new Map<number, { readonly round: number; readonly spanId: string }>()
  readonly #events: SpanEvent[] = []
  #first: FirstCommit | undefined
  #lastAt = 0
  #run = 1
  #hasEnded = false

  /** The spans that end with this commit. */
  advance(commit: Commit, taskName: TaskName): BuildSpan[] {
    this.#lastAt = commit.at
    return commit.events.flatMap((event) => this.#apply(event, commit, taskName))
  }

  /** The spans that have not ended. */
  unfinished(): BuildSpan[] {
    if (this.#first === undefined || this.#hasEnded) return []
    return [...this.#endAll('unfinished'), this.#root({ 'millrace.outcome': 'unfinished' })]
  }

  #apply(event: BuildEvent, commit: Commit, taskName: TaskName): BuildSpan[] {
    switch (event.type) {
      case 'build-requested':
        this.#first = {
          commit,
          event,
          traceId: traceIdOf(commit.buildId),
          spanId: spanIdOf(commit.buildId, { kind: 'build' }),
        }
        return []
      case 'build-resumed': {
        this.#note(event, taskName)
        const spans = this.#endAll('interrupted')
        this.#run++
        this.#again.clear()
        return spans
      }
      case 'build-taken-over':
        this.#note(event, taskName)
        for (const task of this.#open.values()) task.note(event.type, commit.at, requesterAttributes(event))
        return []
      case 'build-warned':
      case 'source-prepared':
      case 'build-planned':
      case 'build-started':
        this.#note(event, taskName)
        return []
      case 'build-succeeded':
        return this.#end({ 'millrace.outcome': 'succeeded', ...countAttributes(event.counts) })
      case 'build-failed': {
        const attributes = { 'millrace.outcome': 'failed', ...countAttributes(event.counts) }
        return this.#end(attributes, event.message ?? describeCounts(event.counts))
      }
      case 'build-cancelled':
        return this.#end({
          'millrace.outcome': 'cancelled',
          'millrace.cancelled': event.reason,
          ...countAttributes(event.counts),
        })
      default:
        return this.#applyTask(event, commit.at, taskName)
    }
  }

  #applyTask(event: BuildEvent, at: number, taskName: TaskName): BuildSpan[] {
    switch (event.type) {
      case 'task-cached':
      case 'task-queued': {
        const open = this.#open.get(event.task)
        // It waited for what it reads to be made again.
        open?.note(event.type, at)
        const span = open ?? this.#begin(event, at, taskName(event.task))
        if (event.type === 'task-queued') return []
        this.#open.delete(event.task)
        return [span.ended('cached', at)]
      }
      case 'task-started':
        this.#open.get(event.task)?.started(event)
        return []
      case 'task-attempt-failed':
        return this.#open.get(event.task)?.attemptFailed(event) ?? []
      case 'task-succeeded': {
        const open = this.#open.get(event.task)
        this.#open.delete(event.task)
        return open?.succeeded(event) ?? []
      }
      case 'task-outputs-lost':
        this.#lose(event.task)
        this.#open.get(event.reader)?.note(event.type, at, { 'millrace.task.lost': taskName(event.task) })
        return []
      case 'tasks-cancelled':
      case 'tasks-skipped':
        return [...fromRanges(event.tasks)].flatMap((task) => {
          const open = this.#open.get(task)
          this.#open.delete(task)
          return open === undefined ? [] : [open.ended('cancelled', at)]
        })
      default:
        return []
    }
  }

  #begin(event: TaskCached | TaskQueued, at: number, name: string): OpenTaskSpan {
    const { task } = event
    const {
      commit: { buildId },
      traceId,
      spanId,
    } = this.#first!
    const before = this.#again.get(task)
    const span = new OpenTaskSpan({
      buildId,
      traceId,
      run: this.#run,
      task,
      round: (before?.round ?? 0) + 1,
      name,
      startMs: at,
      parentSpanId: spanId,
      attributes: { 'millrace.task.id': name, 'millrace.task.number': task, ...lookUpAttributes(event) },
      links: [
        ...(before === undefined ? [] : [linkTo(buildId, before.spanId, 'lost-outputs-of')]),
        ...(event.type === 'task-cached'
          ? [linkTo(event.origin.build, spanIdOf(event.origin.build, { kind: 'build' }), 'cached-from')]
          : []),
      ],
    })
    this.#open.set(task, span)
    return span
  }

  /** The task is begun again: what follows is another span. */
  #lose(task: number): void {
    const { buildId } = this.#first!.commit
    const round = (this.#again.get(task)?.round ?? 0) + 1
    this.#again.set(task, { round, spanId: spanIdOf(buildId, { kind: 'task', task, round }, this.#run) })
  }

  #endAll(how: TaskOutcome): BuildSpan[] {
    const spans = [...this.#open.values()].map((task) => task.ended(how, this.#lastAt))
    this.#open.clear()
    return spans
  }

  /** A task that is still open when the build ends has failed with its last attempt. */
  #end(attributes: SpanAttributes, error?: string): BuildSpan[] {
    this.#hasEnded = true
    return [...this.#endAll('interrupted'), this.#root(attributes, error)]
  }

  #note(event: BuildEvent, taskName: TaskName): void {
    const attributes = {
      'millrace.message': describeEvent(event, taskName),
      ...('requester' in event ? requesterAttributes(event) : {}),
    }
    this.#events.push({ name: event.type, atMs: this.#lastAt, attributes })
  }

  #root(attributes: SpanAttributes, error?: string): BuildSpan {
    const { commit, event, traceId, spanId } = this.#first!
    return {
      kind: 'build',
      traceId,
      spanId,
      name: 'build',
      startMs: commit.at,
      endMs: Math.max(commit.at, this.#lastAt),
      attributes: { 'millrace.build.id': commit.buildId, ...requestAttributes(event), ...attributes },
      events: this.#events,
      links: [],
      ...(error === undefined ? {} : { error }),
    }
  }
}

function linkTo(buildId: string, spanId: string, why: string): SpanLink {
  return { traceId: traceIdOf(buildId), spanId, attributes: { 'millrace.link': why, 'millrace.build.id': buildId } }
}

function requestAttributes({ request, requester }: BuildRequested): SpanAttributes {
  return {
    'millrace.directory': request.directory,
    'millrace.targets': request.targets,
    'millrace.requester.host': requester.host,
    'millrace.version': requester.version,
    ...(request.remote === undefined
      ? {}
      : { 'millrace.project': request.remote.project, 'millrace.pool': request.remote.pool }),
  }
}

function requesterAttributes({ requester }: Pick<BuildRequested, 'requester'>): SpanAttributes {
  return { 'millrace.requester.host': requester.host, 'millrace.requester.pid': requester.pid }
}

function countAttributes(counts: TaskCounts): SpanAttributes {
  const { total, upToDate, cached, run, failed, skipped, cancelled, retried } = counts
  return {
    'millrace.tasks.total': total,
    'millrace.tasks.up_to_date': upToDate,
    'millrace.tasks.cached': cached,
    'millrace.tasks.run': run,
    'millrace.tasks.failed': failed,
    'millrace.tasks.skipped': skipped,
    'millrace.tasks.cancelled': cancelled,
    'millrace.tasks.retried': retried,
  }
}

function lookUpAttributes(event: TaskCached | TaskQueued): SpanAttributes {
  const reason = { 'millrace.reason': describeReason(event.reason), 'millrace.reason.kind': event.reason.kind }
  if (event.type === 'task-queued')
    return {
      ...reason,
      'millrace.cache': 'miss',
      ...(event.miss === undefined ? {} : { 'millrace.cache.miss': event.miss.kind }),
    }
  const { build, worker } = event.origin
  return {
    ...reason,
    'millrace.cache': 'hit',
    'millrace.cache.build': build,
    'millrace.cache.worker': worker,
  }
}
