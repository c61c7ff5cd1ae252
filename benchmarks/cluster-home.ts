import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface ClusterSize {
  readonly coordinators: number
  readonly workers: number
  /** Of each worker. */
  readonly slots: number
}

const startMsMax = 60_000
const pollMs = 20

/** A cluster of its own on this machine: servers, coordinators and workers as processes, until `stop`. */
export class ClusterHome {
  readonly #directory: string
  readonly #millrace: readonly string[]
  readonly #processes: ChildProcess[] = []
  #natsPort = 0
  #redisPort = 0

  private constructor(directory: string, millrace: readonly string[]) {
    this.#directory = directory
    this.#millrace = millrace
  }

  static async start(directory: string, millrace: readonly string[], size: ClusterSize): Promise<ClusterHome> {
    const home = new ClusterHome(directory, millrace)
    mkdirSync(directory, { recursive: true })
    await home.#startServers()
    for (let i = 0; i < size.coordinators; i++) await home.#startService(['coordinator'], 'coordinator serves')
    const workers = Array.from({ length: size.workers }, (_, i) =>
      home.#startService(
        ['worker', '--id', `w${i}`, '--slots', String(size.slots), '--dir', join(directory, `w${i}`)],
        'takes tasks of pool',
      ),
    )
    await Promise.all(workers)
    return home
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.#natsPort}`
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${this.#redisPort}`
  }

  /** What makes a command line speak with it. */
  get env(): NodeJS.ProcessEnv {
    return {
      MILLRACE_NATS_URL: this.natsUrl,
      MILLRACE_REDIS_URL: this.redisUrl,
      XDG_STATE_HOME: join(this.#directory, 'state'),
      XDG_CACHE_HOME: join(this.#directory, 'cache'),
    }
  }

  /** Ends services before the servers that they need. */
  async stop(): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([ended, setTimeout(5_000).then(() => child.kill('SIGKILL'))])
    }
  }

  async #startServers(): Promise<void> {
    this.#natsPort = await freePort()
    this.#redisPort = await freePort()
    const store = join(this.#directory, 'jetstream')
    this.#spawn('nats-server', ['-a', '127.0.0.1', '-p', String(this.#natsPort), '-js', '-sd', store])
    this.#spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(this.#redisPort), '--save', ''])
    for (const port of [this.#natsPort, this.#redisPort]) await untilItListens(port)
  }

  async #startService(args: readonly string[], ready: string): Promise<void> {
    const [command, ...first] = this.#millrace
    const child = this.#spawn(command!, [...first, ...args])
    let said = ''
    const isReady = new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (piece) => {
        said += piece
        if (said.includes(ready)) resolve()
      })
      child.once('exit', () => reject(new Error(`millrace ${args[0]} ended: ${said}`)))
    })
    await Promise.race([isReady, setTimeout(startMsMax).then(() => Promise.reject(new Error(`not ready: ${said}`)))])
  }

  #spawn(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, {
      cwd: this.#directory,
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr!.resume()
    this.#processes.push(child)
    return child
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilItListens(port: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const socket = createConnection(port, '127.0.0.1')
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isThere) return
    if (waitedMs > startMsMax) throw new Error(`nothing listens on port ${port}`)
    await setTimeout(pollMs)
  }
}
