import type { BuildId } from './build-id.ts'
import type { BuildSpan, SpanAttributes, SpanEvent, SpanLink } from './build-span.ts'
import type { Failure } from './failure.ts'
import type { TaskAttemptFailed, TaskStarted, TaskSucceeded } from './task-events.ts'
import { type SpanPlace, spanIdOf } from './trace-context.ts'

/** How the time of a task came to its end; `unfinished`: the log ends before it. */
export type TaskOutcome = 'succeeded' | 'cached' | 'failed' | 'cancelled' | 'interrupted' | 'unfinished'

export interface OpenTaskSpanOptions {
  readonly buildId: BuildId
  readonly traceId: string
  /** How often the build was planned from the start. */
  readonly run: number
  readonly task: number
  readonly round: number
  readonly name: string
  readonly startMs: number
  readonly parentSpanId: string
  readonly attributes: SpanAttributes
  readonly links: readonly SpanLink[]
}

/** The span of a task that has not ended, and those of its attempts and their phases. */
export class OpenTaskSpan {
  readonly spanId: string
  readonly #options: OpenTaskSpanOptions
  readonly #events: SpanEvent[] = []
  #attempts = 0
  #started: TaskStarted | undefined
  #worker: string | undefined
  /** The attempt that failed last: the next one links to it, and with it the task ends when no other follows. */
  #failed: { readonly span: BuildSpan; readonly failure: Failure } | undefined

  constructor(options: OpenTaskSpanOptions) {
    this.#options = options
    this.spanId = this.#idOf({ kind: 'task', task: options.task, round: options.round })
  }

  note(name: string, atMs: number, attributes: SpanAttributes = {}): void {
    this.#events.push({ name, atMs, attributes })
  }

  started(event: TaskStarted): void {
    this.#started = event
    this.#attempts++
    this.#worker = event.worker
    this.note('attempt-started', event.at, attemptAttributes(event))
  }

  /** The task has ended with this attempt: the spans of its phases and its own. */
  succeeded(event: TaskSucceeded): BuildSpan[] {
    const phases = this.#phases(event, this.spanId)
    this.#failed = undefined
    return [...phases, this.ended('succeeded', lastEnd(phases, event.at))]
  }

  /** The spans of the attempt and its phases; the task's own stays open, since another may follow. */
  attemptFailed(event: TaskAttemptFailed): BuildSpan[] {
    const { task, attempt, at, failure } = event
    const spanId = this.#idOf({ kind: 'attempt', task, attempt })
    const phases = this.#phases(event, spanId)
    const startMs = phases[0]?.startMs ?? this.#startedAt(event)
    const span = this.#span(
      { kind: 'attempt', task, attempt },
      {
        parentSpanId: this.spanId,
        name: `attempt ${attempt}`,
        startMs,
        endMs: lastEnd(phases, at),
        attributes: { ...attemptAttributes(event), ...failureAttributes(failure) },
        events: [],
        links: this.#links(),
        error: failure.message,
      },
    )
    this.#failed = { span, failure }
    this.#started = undefined
    this.note('attempt-failed', at, {
      ...attemptAttributes(event),
      ...failureAttributes(failure),
      'millrace.failure.message': failure.message,
    })
    return [...phases, span]
  }

  /** The task's own span. One whose last attempt failed has failed, unless it was stopped before it could go on. */
  ended(how: TaskOutcome, atMs: number): BuildSpan {
    const { name, startMs, parentSpanId, attributes, links, task, round } = this.#options
    const failed = how === 'cached' || how === 'succeeded' ? undefined : this.#failed
    const outcome = how === 'interrupted' && failed !== undefined ? 'failed' : how
    const failure = outcome === 'failed' ? failed?.failure : undefined
    const endMs = failure === undefined ? atMs : failed!.span.endMs
    return this.#span(
      { kind: 'task', task, round },
      {
        parentSpanId,
        name,
        startMs,
        endMs,
        attributes: {
          ...attributes,
          'millrace.outcome': outcome,
          'millrace.attempts': this.#attempts,
          ...(this.#worker === undefined ? {} : { 'millrace.worker': this.#worker }),
          ...(failure === undefined ? {} : failureAttributes(failure)),
        },
        events: this.#events,
        links,
        ...(failure === undefined ? {} : { error: failure.message }),
      },
    )
  }

  /** Queue, fetch, run and store follow each other; nothing is known of the phases of a worker that was lost. */
  #phases(event: TaskSucceeded | TaskAttemptFailed, parentSpanId: string): BuildSpan[] {
    const { task, attempt, phases } = event
    if (Object.values(phases).every((ms) => ms === 0) && event.type === 'task-attempt-failed') return []
    let atMs = this.#startedAt(event) - phases.queueMs
    return phaseNames.map((kind) => {
      const startMs = atMs
      atMs += Math.max(0, phases[`${kind}Ms`])
      const links = kind === 'queue' && event.type === 'task-succeeded' ? this.#links() : []
      const rest = { name: kind, startMs, endMs: atMs, attributes: attemptAttributes(event), events: [], links }
      return this.#span({ kind, task, attempt }, { parentSpanId, ...rest })
    })
  }

  #startedAt({ attempt, at, phases }: TaskSucceeded | TaskAttemptFailed): number {
    if (this.#started?.attempt === attempt) return this.#started.at
    return at - phases.fetchMs - phases.runMs - phases.storeMs
  }

  /** To the attempt before, which failed. */
  #links(): readonly SpanLink[] {
    if (this.#failed === undefined) return []
    const { traceId, spanId } = this.#failed.span
    return [{ traceId, spanId, attributes: { 'millrace.link': 'retry-of' } }]
  }

  #idOf(place: SpanPlace): string {
    return spanIdOf(this.#options.buildId, place, this.#options.run)
  }

  #span(place: SpanPlace, rest: Omit<BuildSpan, 'kind' | 'traceId' | 'spanId'>): BuildSpan {
    const { startMs, endMs } = rest
    const { traceId } = this.#options
    return { kind: place.kind, traceId, spanId: this.#idOf(place), ...rest, endMs: Math.max(startMs, endMs) }
  }
}

const phaseNames = ['queue', 'fetch', 'run', 'store'] as const

function attemptAttributes({ attempt, worker }: { readonly attempt: number; readonly worker: string }): SpanAttributes {
  return { 'millrace.attempt': attempt, 'millrace.worker': worker }
}

function failureAttributes({ kind, exitCode }: Failure): SpanAttributes {
  return { 'millrace.failure': kind, ...(exitCode === undefined ? {} : { 'millrace.exit_code': exitCode }) }
}

/** An attempt is reported by the time that its last phase ends, give or take the clock's grain. */
function lastEnd(phases: readonly BuildSpan[], atMs: number): number {
  return Math.max(atMs, ...phases.map(({ endMs }) => endMs))
}
