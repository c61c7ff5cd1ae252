import { type HrTime, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { BuildSpan, SpanAttributes } from '../../events/build-span.ts'

/** A span as OpenTelemetry's exporters take it. */
export type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number]

/** Whose spans they are: one object for all of them, as exporters group by it. */
export type SpanSource = Pick<ReadableSpan, 'resource' | 'instrumentationScope'>

/** The same for every replica of a release, so that a span which two of them send is one. */
export function spanSource(serviceName: string, version: string): SpanSource {
  const attributes = { 'service.name': serviceName, 'service.version': version }
  const resource = { attributes, merge: () => resource, getRawAttributes: () => Object.entries(attributes) }
  return { resource, instrumentationScope: { name: 'millrace', version } }
}

export function readableSpan(span: BuildSpan, source: SpanSource): ReadableSpan {
  const { traceId, spanId, parentSpanId, error } = span
  const context = contextOf(traceId, spanId)
  return {
    ...source,
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parentSpanId === undefined ? {} : { parentSpanContext: contextOf(traceId, parentSpanId) }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(span.endMs - span.startMs),
    ended: true,
    status: error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
    attributes: copied(span.attributes),
    events: span.events.map(({ name, atMs, attributes }) => ({
      name,
      time: hrTime(atMs),
      attributes: copied(attributes),
      droppedAttributesCount: 0,
    })),
    links: span.links.map((link) => ({
      context: contextOf(link.traceId, link.spanId),
      attributes: copied(link.attributes),
    })),
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function contextOf(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED }
}

/** Seconds and nanoseconds; of parts of a ms, whole microseconds. */
function hrTime(ms: number): HrTime {
  const micros = Math.round(ms * 1000)
  const seconds = Math.floor(micros / 1_000_000)
  return [seconds, (micros - seconds * 1_000_000) * 1000]
}

/** OpenTelemetry's own type has no room for a list that can't be changed. */
function copied(attributes: SpanAttributes): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  )
}
