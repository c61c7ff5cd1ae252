import type { ClusterProcesses } from './cluster-processes.ts'
import { KeptProcess, type ProcessPlan, type UnexpectedEnd } from './kept-process.ts'

export interface LocalClusterOptions {
  readonly processes: ClusterProcesses
  readonly leash: readonly string[]
  /** A line of a process. */
  readonly show: (name: string, line: string) => void
}

/** The cluster can't go on. One line, which names the process. */
export class ClusterEnd extends Error {
  override readonly name = 'ClusterEnd'
  /** What it can't go on without ended with this exit code or signal. */
  readonly how: number | NodeJS.Signals

  constructor({ name, how, lastLine }: UnexpectedEnd) {
    super(`${name} ended (${ending(how)})${lastLine === '' ? '' : `: ${lastLine}`}`)
    this.how = how
  }
}

/** After an end, a process is started again after this time, and after twice as long each time that it does not serve. */
const restartMsMin = 250
const restartMsMax = 5_000

/**
 * Servers, coordinators and workers. A coordinator or worker that ends is started again; without a server, or with one
 * of the others that can't even start at first, the cluster ends.
 */
export class LocalCluster {
  readonly #options: LocalClusterOptions
  readonly #stages: readonly (readonly KeptProcess[])[]
  readonly #failed = Promise.withResolvers<never>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #isStopping = false
  #isStarted = false

  constructor(options: LocalClusterOptions) {
    const { nats, redis, coordinators, workers } = options.processes
    this.#options = options
    this.#failed.promise.catch(() => {})
    const [first, ...others] = coordinators
    // The first coordinator makes the streams that the rest asks for.
    this.#stages = [[nats], [redis], [first!], others, workers].map((plans, stage) =>
      plans.map((plan) => this.#process(plan, stage < 2)),
    )
  }

  /** Resolves when all of them serve. Throws {@link ClusterEnd}. */
  async start(): Promise<void> {
    for (const stage of this.#stages) {
      if (this.#isStopping) return
      const areReady = await Promise.all(stage.map((process) => process.start()))
      if (areReady.includes(false) && !this.#isStopping) await this.#failed.promise
    }
    this.#isStarted = true
  }

  /** Never resolves; rejects with {@link ClusterEnd} when a server has ended. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Stops workers, coordinators, Redis and NATS, one kind after the other. Resolves when none of their processes is left. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const stage of this.#stages.toReversed()) await Promise.all(stage.map((process) => process.stop()))
  }

  #process(plan: ProcessPlan, isServer: boolean): KeptProcess {
    const { leash, show } = this.#options
    let waitMs = restartMsMin
    const kept = new KeptProcess(plan, {
      leash,
      show,
      onEnd: (end) => {
        if (isServer || !this.#isStarted) return this.#failed.reject(new ClusterEnd(end))
        show(plan.name, `ended (${ending(end.how)}) and is started again`)
        const timer = setTimeout(() => {
          this.#timers.delete(timer)
          startAgain().catch(this.#failed.reject)
        }, waitMs)
        this.#timers.add(timer)
      },
    })
    const startAgain = async () => {
      waitMs = (await kept.start()) ? restartMsMin : Math.min(2 * waitMs, restartMsMax)
    }
    return kept
  }
}

function ending(how: number | NodeJS.Signals): string {
  return typeof how === 'number' ? `exit code ${how}` : how
}
