import { connect, type NatsConnection } from '@nats-io/transport-node'
import { NatsError, natsTrouble } from './nats-error.ts'

export interface NatsOptions {
  /** `host:port` or `nats://[user:password@]host:port`, several of one cluster separated by commas. */
  readonly servers: string
  /** What the server calls this client in its own reports. */
  readonly name: string
}

/** How long a first connection may take, in ms. */
const connectMsMax = 8_000
/** A lost connection is tried again so often, in ms, for ever: what waits for the server decides how long it waits. */
const reconnectMs = 250
/** A server that answers no ping for twice as long is taken for gone, in ms. */
const pingMs = 2_000

/** Connects to NATS. Rejects with {@link NatsError} that names the server and the mend. */
export async function connectNats({ servers, name }: NatsOptions): Promise<NatsConnection> {
  try {
    return await connect({
      servers: servers.split(',').map((server) => server.trim()),
      name,
      timeout: connectMsMax,
      reconnectTimeWait: reconnectMs,
      maxReconnectAttempts: -1,
      pingInterval: pingMs,
      maxPingOut: 2,
    })
  } catch (error) {
    throw new NatsError(`NATS at ${withoutSecrets(servers)}: ${natsTrouble(error)}`, { cause: error })
  }
}

/** The servers without user names, passwords and tokens, for messages. */
export function withoutSecrets(servers: string): string {
  return servers.replaceAll(/(^|,|\/\/)[^@,/]*@/g, '$1')
}
