import type { SpanPlace } from './trace-context.ts'

/** A stretch of a build's time that a trace shows. Times are in ms since 1970; the end is never before the start. */
export interface BuildSpan {
  readonly kind: SpanPlace['kind']
  /** 32 lower-case hex digits, one for all spans of a build. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  /** Absent for the build's own span. */
  readonly parentSpanId?: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly attributes: SpanAttributes
  /** What happened within it, in order. */
  readonly events: readonly SpanEvent[]
  /** Other spans that it goes back to. */
  readonly links: readonly SpanLink[]
  /** Why it ended badly, in one line; absent: it did not. */
  readonly error?: string
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>

export interface SpanEvent {
  readonly name: string
  readonly atMs: number
  readonly attributes: SpanAttributes
}

export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: SpanAttributes
}
