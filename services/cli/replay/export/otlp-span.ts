import type { BuildSpan, SpanAttributes } from '../../../../events/build-span.ts'

/** Codes of OTLP: a span within one process; an end that is an error. */
const kindInternal = 1
const statusError = 2
/** Flags of a span: sampled, and its parent is known not to be remote. */
const flags = 0x101

/**
 * A span in OTLP's JSON: ids as hex digits, 64-bit numbers as decimal strings. Source: OpenTelemetry Protocol 1.x, message Span
 * and "JSON Protobuf Encoding".
 */
export function otlpSpan(span: BuildSpan): object {
  const { traceId, spanId, parentSpanId, name, startMs, endMs, attributes, events, links, error } = span
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kindInternal,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: keyValues(attributes),
    events: events.map((event) => ({
      timeUnixNano: nanos(event.atMs),
      name: event.name,
      attributes: keyValues(event.attributes),
    })),
    links: links.map((link) => ({ ...link, attributes: keyValues(link.attributes), flags })),
    status: error === undefined ? {} : { code: statusError, message: error },
    flags,
  }
}

/** Message KeyValue, once for each attribute. */
export function keyValues(attributes: SpanAttributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: SpanAttributes[string]): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } }
  }
}

/** Of parts of a ms, whole microseconds. */
function nanos(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`
}
