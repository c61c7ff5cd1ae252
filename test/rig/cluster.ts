import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { launcher } from './millrace.ts'
import { NatsServer } from './nats-server.ts'
import { RedisServer } from './redis-server.ts'
import { requireTool } from './require-tool.ts'

export interface ClusterOptions {
  readonly coordinators?: number
  readonly workers?: number
  /** Of each worker. */
  readonly slots?: number
  /** Added to the environment of coordinators and workers. */
  readonly variables?: Readonly<Record<string, string>>
}

/** A cluster of real processes on this machine: NATS, Redis, coordinators and workers. All of it is gone after the test. */
export class Cluster {
  readonly nats: NatsServer
  readonly redis: RedisServer
  readonly coordinators: ClusterProcess[] = []
  readonly workers: ClusterProcess[] = []
  readonly #directory: string
  readonly #slots: number

  readonly #variables: Readonly<Record<string, string>>

  private constructor(nats: NatsServer, redis: RedisServer, { slots = 2, variables = {} }: ClusterOptions) {
    this.nats = nats
    this.redis = redis
    this.#slots = slots
    this.#variables = variables
    this.#directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'))
  }

  static async start(t: ExecutionContext, options: ClusterOptions = {}): Promise<Cluster> {
    const { coordinators = 1, workers = 2 } = options
    requireTool('bwrap')
    const cluster = new Cluster(await NatsServer.started(), await RedisServer.started(), options)
    t.teardown(() => cluster.#remove())
    // One after the other: the first makes the streams that the workers ask for.
    for (let i = 0; i < coordinators; i++) await cluster.addCoordinator()
    for (let i = 0; i < workers; i++) await cluster.addWorker()
    return cluster
  }

  /** What makes a command line speak with this cluster. */
  get variables(): Readonly<Record<string, string>> {
    return { MILLRACE_NATS_URL: this.nats.url, MILLRACE_REDIS_URL: this.redis.url }
  }

  get #environment(): Readonly<Record<string, string>> {
    return { ...this.variables, ...this.#variables }
  }

  async addCoordinator(): Promise<ClusterProcess> {
    const coordinator = await ClusterProcess.start(['coordinator'], this.#environment, 'coordinator serves')
    this.coordinators.push(coordinator)
    return coordinator
  }

  async addWorker(...flags: readonly string[]): Promise<ClusterProcess> {
    const id = `w${this.workers.length + 1}`
    const args = ['worker', '--id', id, '--dir', join(this.#directory, id), '--slots', String(this.#slots), ...flags]
    const worker = await ClusterProcess.start(args, this.#environment, 'takes tasks of pool')
    this.workers.push(worker)
    return worker
  }

  async #remove(): Promise<void> {
    await Promise.all([...this.workers, ...this.coordinators].map((process) => process.end('SIGKILL')))
    await this.nats.remove()
    await this.redis.remove()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** One service of a cluster. */
export class ClusterProcess {
  readonly #child: ChildProcess
  #printed = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stderr!.on('data', (chunk) => {
      this.#printed += chunk
    })
  }

  /** Resolves once it has printed `ready`. */
  static async start(
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    ready: string,
  ): Promise<ClusterProcess> {
    const child = spawn(process.execPath, [launcher, ...args], {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const started = new ClusterProcess(child)
    await started.#says(ready)
    return started
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** What it has printed so far. */
  get printed(): string {
    return this.#printed
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal that ends it, and resolves with its exit code when it has ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = await ended
    return code
  }

  #says(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.stderr!.on('data', () => this.#printed.includes(text) && resolve())
      this.#child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}: ${this.#printed}`)))
    })
  }
}
