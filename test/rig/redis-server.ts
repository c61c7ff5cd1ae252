import { ServerProcess } from './server-process.ts'

/** A redis-server that keeps nothing beyond its life. */
export class RedisServer extends ServerProcess {
  static async started(...options: readonly string[]): Promise<RedisServer> {
    const { port, directory } = await ServerProcess.place('redis-server')
    const argv = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no']
    const server = new RedisServer(port, directory, [...argv, ...options])
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }
}
