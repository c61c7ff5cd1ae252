import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'

/** NATS can't be reached, or does not do what is needed of it. The message is one line and says how to mend it. */
export class NatsError extends Error {
  override readonly name = 'NatsError'
}

/** JetStream's error codes. Source: nats-server, server/errors.json. */
export const jetStreamCode = {
  consumerNotFound: 10014,
  insufficientResources: 10023,
  memoryExceeded: 10028,
  notEnabledForAccount: 10039,
  storageExceeded: 10047,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  notEnabled: 10076,
  storeFailed: 10077,
  wrongLastSequenceUnknown: 10164,
} as const

/** JetStream's own code of an error; undefined for any other error. */
export function jetStreamCodeOf(error: unknown): number | undefined {
  const found = [error, causeOf(error)].find((one) => one instanceof JetStreamApiError)
  return found?.code
}

/** Whether somebody else wrote first. */
export function isWrongLastSequence(error: unknown): boolean {
  const code = jetStreamCodeOf(error)
  return code === jetStreamCode.wrongLastSequence || code === jetStreamCode.wrongLastSequenceUnknown
}

/** Whether the server may have done it or not, or will do it when asked again: a timeout, a lost connection, no leader. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503 && !isSettingOfServer(error.code)
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.RequestError ||
    isNoResponders(error)
  )
}

/** Whether the error is one of NATS or its libraries, not a mistake of ours. */
export function isNatsTrouble(error: unknown): boolean {
  const classes = [NatsError, JetStreamError, JetStreamApiError, ...Object.values(errors)]
  return isNoResponders(error) || classes.some((one) => error instanceof one)
}

/** What went wrong and how to mend it, in one line, judged by class or code. */
export function natsTrouble(error: unknown): string {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return 'refuses this user; set the user and password in the URL'
  const jetStream = jetStreamTrouble(error)
  if (jetStream !== undefined) return jetStream
  const code = ((causeOf(error) ?? error) as NodeJS.ErrnoException).code
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host; check the URL'
  if (error instanceof errors.InvalidArgumentError) return 'is no address; write nats://host:4222'
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
    return 'was left: the connection is closed; connect again'
  if (isUnanswered(error) || code !== undefined)
    return `does not answer${code === undefined ? '' : ` (${code})`}; start it (nats-server -js), or name another one with MILLRACE_NATS_URL`
  return error instanceof Error ? error.message : String(error)
}

function jetStreamTrouble(error: unknown): string | undefined {
  if (isNoResponders(error)) return 'has JetStream off, or no leader at the moment; start it with nats-server -js'
  const code = jetStreamCodeOf(error)
  switch (code) {
    case undefined:
      return undefined
    case jetStreamCode.notEnabled:
    case jetStreamCode.notEnabledForAccount:
      return 'has JetStream off; start it with nats-server -js, and allow it for this account'
    case jetStreamCode.streamNotFound:
      return "lacks Millrace's streams; start a coordinator, which sets them up"
    case jetStreamCode.insufficientResources:
    case jetStreamCode.storageExceeded:
    case jetStreamCode.storeFailed:
      return 'has no space left to store; free some on its disk, or raise max_file_store'
    case jetStreamCode.memoryExceeded:
      return 'has no memory left for JetStream; raise max_memory_store'
    default:
      return `refuses: ${(error as Error).message} (JetStream error ${code}); look into its own log`
  }
}

/** What asking again does not change. */
function isSettingOfServer(code: number): boolean {
  return code === jetStreamCode.notEnabled || code === jetStreamCode.notEnabledForAccount
}

/** Nobody listens on the subject: JetStream is off, the stream is not there, or it has no leader. */
function isNoResponders(error: unknown): boolean {
  return [error, causeOf(error)].some((one) => one instanceof errors.RequestError && one.isNoResponders())
}

function causeOf(error: unknown): Error | undefined {
  return error instanceof Error && error.cause instanceof Error ? error.cause : undefined
}
