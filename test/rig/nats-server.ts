import { join } from 'node:path'
import { ServerProcess } from './server-process.ts'

export interface NatsServerOptions {
  /** Default: true. */
  readonly jetStream?: boolean
}

/** A nats-server with JetStream. */
export class NatsServer extends ServerProcess {
  static async started({ jetStream = true }: NatsServerOptions = {}): Promise<NatsServer> {
    const { port, directory } = await ServerProcess.place('nats-server')
    const argv = ['nats-server', '-a', '127.0.0.1', '-p', String(port)]
    const stored = jetStream ? ['-js', '-sd', join(directory, 'jetstream')] : []
    const server = new NatsServer(port, directory, [...argv, ...stored])
    await server.start()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }
}
