import { pino } from 'pino'
import { traceIdOf } from '../../events/trace-context.ts'

/**
 * Lines of a service for those who run it: JSON on standard error, one line each. `MILLRACE_LOG_LEVEL`: info. Lines about a
 * build (`buildId`) have the id of its trace too (`trace_id`).
 */
export function serviceLogger(name: string, level: string): ServiceLogger {
  return pino(
    { name, level, serializers: { error: pino.stdSerializers.err }, formatters: { log: withTraceId } },
    pino.destination({ fd: 2, sync: true }),
  )
}

export interface ServiceLogger {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  error(fields: object, line: string): void
}

function withTraceId(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { buildId } = fields
  return typeof buildId === 'string' ? { ...fields, trace_id: traceIdOf(buildId) } : { ...fields }
}
