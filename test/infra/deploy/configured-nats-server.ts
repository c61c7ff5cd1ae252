import { ServerProcess } from '../../rig/server-process.ts'

/** A nats-server with a configuration file, which says nothing of its address and of the place of what it stores. */
export class ConfiguredNatsServer extends ServerProcess {
  static async started(configuration: string): Promise<ConfiguredNatsServer> {
    const { port, directory } = await ServerProcess.place('nats-server')
    const argv = ['nats-server', '-c', configuration, '-a', '127.0.0.1', '-p', String(port), '-sd', directory]
    const server = new ConfiguredNatsServer(port, directory, argv)
    await server.start()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }
}
