import { pino } from 'pino'

/** Lines of a service for those who run it: JSON on standard error, one line each. `MILLRACE_LOG_LEVEL`: info. */
export function serviceLogger(name: string, level: string): ServiceLogger {
  return pino({ name, level, serializers: { error: pino.stdSerializers.err } }, pino.destination({ fd: 2, sync: true }))
}

export interface ServiceLogger {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  error(fields: object, line: string): void
}
