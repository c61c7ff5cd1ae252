import type { BuildId } from '../../../events/build-id.ts'
import type { Digest } from '../../../events/digest.ts'
import { isRetryable } from '../../../events/failure.ts'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { TaskReport } from '../../../events/task-report.ts'
import type { WorkerStatus } from '../../../events/worker-status.ts'
import type { Clock } from '../../../infra/clock/clock.ts'
import type { TaskQueue } from '../../../infra/task-queue/task-queue.ts'
import type { WorkerWatch } from '../../../infra/worker-registry/worker-registry.ts'
import { type Claimant, nextBuild } from '../../../machines/scheduling/fair-share.ts'
import { chooseWorker, type WorkerOffer, type WorkerPolicy } from '../../../machines/scheduling/worker-choice.ts'
import { BuildOrders } from './build-orders.ts'

export interface DispatchOptions {
  readonly queue: TaskQueue
  readonly workers: WorkerWatch
  readonly clock: Clock
  readonly policy: WorkerPolicy
}

/** What the hub is to know of a build to give out its tasks. */
export interface DispatchedBuild {
  readonly buildId: BuildId
  readonly project: string
  readonly priority: number
  readonly pool: string
  /** Fingerprint of the workers that may run its tasks. */
  readonly platform: string
  /** Digest of the sources' tree. */
  readonly sources: Digest
  /** By task number; the highest goes first. */
  readonly rank: Float64Array
  /** Makes an order ready to be sent: its inputs are in the blob store. */
  readonly stage: (order: TaskOrder) => TaskOrder | Promise<TaskOrder>
  /** An attempt ended without its worker's doing. */
  readonly absorb: (report: TaskReport) => void
  /** Tells the build's user something. */
  readonly warn: (message: string) => void
  /** The order could not be made ready or sent. */
  readonly fail: (error: unknown) => void
}

export interface BuildStanding {
  readonly taken: number
  /** Task numbers, the next one first. */
  readonly waiting: readonly number[]
  readonly because?: string
}

/** How long the report of an attempt may take whose worker does not run it any more, in ms. */
const adoptedMsMax = 5_000

/** Attempts shorter than this, in ms, are sent ahead, so that a worker does not wait for its next order. */
const shortRunMs = 50
/** Orders per slot that are sent ahead while attempts are short. */
const aheadPerSlot = 3

/** Given to a worker, and not ended as far as is known here. */
interface Sent {
  readonly build: DispatchedBuild
  /** Only what names the attempt, where an earlier owner of the build has sent it. */
  readonly order: Pick<TaskOrder, 'buildId' | 'task' | 'attempt'> & Partial<TaskOrder>
  readonly worker: string
  /** The build's own client: no other worker may have it. */
  readonly isClients?: true
  hasStarted: boolean
}

/**
 * Gives the tasks of all builds of this replica to workers: only about as many as there are free slots, so that which task is
 * next stays to be decided until one is free. What a lost worker had begun has failed; what it had not goes to another.
 */
export class DispatchHub {
  readonly #options: DispatchOptions
  readonly #builds = new Map<BuildId, BuildOrders>()
  readonly #sent = new Map<string, Sent>()
  /** How many tasks are out, by project and by worker. */
  readonly #takenOf = new Map<string, number>()
  readonly #takenBy = new Map<string, number>()
  #previous: string | undefined
  /** Workers on which a task has failed without its own doing, by build and task. */
  readonly #avoided = new Map<string, Set<string>>()
  /** When each worker began to work: one that begins anew has lost what it had. */
  readonly #begunAt = new Map<string, number>()
  /** Builds whose user was told that no worker fits. */
  readonly #told = new Set<BuildId>()
  #isPumping = false
  #meanRunMs = Number.POSITIVE_INFINITY
  readonly #stops: (() => void)[]

  constructor(options: DispatchOptions) {
    this.#options = options
    const { workers } = options
    this.#stops = [workers.onChange((status) => this.#changed(status)), workers.onLost((worker) => this.#gone(worker))]
  }

  begin(build: DispatchedBuild): void {
    this.#builds.set(build.buildId, new BuildOrders(build))
  }

  /** The build has ended, or is no longer this replica's. */
  end(buildId: BuildId): void {
    this.withdraw(buildId)
    this.#builds.delete(buildId)
    this.#told.delete(buildId)
    for (const key of this.#avoided.keys()) if (key.startsWith(`${buildId}.`)) this.#avoided.delete(key)
    for (const sent of [...this.#sent.values()]) if (sent.build.buildId === buildId) this.#free(sent)
    this.#pump()
  }

  /** Puts an order in line. */
  hold(order: TaskOrder): void {
    this.#builds.get(order.buildId)?.add(order)
    this.#pump()
  }

  /** Takes note of an order that goes to the build's own client. */
  direct(order: TaskOrder): void {
    const orders = this.#builds.get(order.buildId)
    if (orders !== undefined)
      this.#note({ build: orders.build, order, worker: order.worker!, isClients: true, hasStarted: false })
  }

  /** Takes an attempt for given out, by what the log says: an earlier owner of the build has done it. */
  adopt(order: Pick<TaskOrder, 'buildId' | 'task' | 'attempt'>, worker: string): void {
    const orders = this.#builds.get(order.buildId)
    if (orders === undefined) return
    const sent: Sent = { build: orders.build, order, worker, hasStarted: true }
    this.#note(sent)
    const status = this.#workers().find(({ id }) => id === worker)
    if (status === undefined) this.#lost(worker)
    const isListed = status?.running.some(({ buildId, task }) => buildId === order.buildId && task === order.task)
    // It may have ended just now, and its report be under way.
    if (!isListed) this.#options.clock.after(adoptedMsMax, () => this.#loseAdopted(sent))
  }

  #loseAdopted(sent: Sent): void {
    if (this.#sent.get(keyOf(sent.order)) !== sent) return
    const status = this.#workers().find(({ id }) => id === sent.worker)
    const { buildId, task } = sent.order
    if (!status?.running.some((running) => running.buildId === buildId && running.task === task)) this.#lose(sent)
  }

  #changed(status: WorkerStatus): void {
    const begunAt = this.#begunAt.get(status.id)
    this.#begunAt.set(status.id, status.startedAt)
    if (begunAt !== undefined && begunAt !== status.startedAt) this.#lost(status.id)
    this.#pump()
  }

  /** Drops the build's orders that no worker has been given. */
  withdraw(buildId: BuildId): void {
    this.#builds.get(buildId)?.clear()
    // Of those that were, it is not known who has begun with them: a report that comes all the same is late.
    for (const sent of [...this.#sent.values()])
      if (sent.build.buildId === buildId && !sent.hasStarted) this.#free(sent)
  }

  /** Follows what workers report, before it is absorbed. */
  reported(report: TaskReport): void {
    const sent = this.#sent.get(keyOf(report))
    if (sent === undefined || sent.worker !== report.worker) return
    if (report.type === 'attempt-started') {
      sent.hasStarted = true
      return
    }
    if (report.type === 'attempt-failed' && isRetryable(report.failure)) this.#avoid(report)
    const { runMs } = report.phases
    this.#meanRunMs = Number.isFinite(this.#meanRunMs) ? this.#meanRunMs * 0.9 + runMs * 0.1 : runMs
    this.#free(sent)
    this.#pump()
  }

  /** How a build stands: tasks that workers have, those that wait for one, and why these do. */
  standing(buildId: BuildId): BuildStanding {
    const orders = this.#builds.get(buildId)
    if (orders === undefined) return { taken: 0, waiting: [], because: 'it is not planned yet' }
    const { build, taken } = orders
    const waiting = orders.waiting()
    return waiting.length === 0 ? { taken, waiting } : { taken, waiting, because: this.#why(build) }
  }

  #why(build: DispatchedBuild): string {
    const inPool = this.#workers().filter(({ pool }) => pool === build.pool)
    if (inPool.length === 0) return `pool ${build.pool} has no worker`
    const alike = inPool.filter((worker) => fits(worker, build))
    if (alike.length === 0)
      return `pool ${build.pool} has no worker of platform ${build.platform}; the nearest is ${inPool[0]!.platform.fingerprint} (${inPool[0]!.platform.os})`
    if (alike.every(({ isDraining }) => isDraining)) return `all workers of pool ${build.pool} are about to stop`
    const slots = alike.reduce((sum, worker) => sum + worker.slots, 0)
    return `all ${slots} slots of pool ${build.pool} are taken`
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    // Once for all that comes in one turn of the event loop.
    setImmediate(() => {
      this.#isPumping = false
      this.#tellUnfit()
      while (this.#giveOne());
    })
  }

  #giveOne(): boolean {
    const free = this.#workers().filter((worker) => this.#room(worker) > 0)
    if (free.length === 0) return false
    const claimants: (Claimant & { readonly orders: BuildOrders })[] = []
    for (const [buildId, orders] of this.#builds) {
      if (orders.isEmpty || !free.some((worker) => fits(worker, orders.build))) continue
      const { project, priority } = orders.build
      claimants.push({ buildId, project, priority, taken: orders.taken, orders })
    }
    const next = nextBuild(claimants, (project) => this.#takenOf.get(project) ?? 0)
    if (next === undefined) return false
    const { orders } = next as (typeof claimants)[number]
    this.#give(orders, orders.take()!, free)
    return true
  }

  #give(orders: BuildOrders, order: TaskOrder, free: readonly WorkerStatus[]): void {
    const { build } = orders
    const avoided = this.#avoidedFor(order, free, build)
    const offers = free
      .filter((worker) => fits(worker, build) && !avoided?.has(worker.id))
      .map(
        (worker): WorkerOffer => ({
          worker: worker.id,
          slots: worker.slots,
          taken: this.#taken(worker),
          hasInputs: orders.sentTo.has(worker.id) || worker.trees.includes(build.sources),
        }),
      )
    const worker = chooseWorker(this.#options.policy, offers, this.#previous)!
    this.#previous = worker
    orders.sentTo.add(worker)
    const sent = { build, order: { ...order, worker, pool: build.pool }, worker, hasStarted: false }
    this.#note(sent)
    this.#send(sent, sent.order).catch((error) => build.fail(error))
  }

  async #send(sent: Sent, unstaged: TaskOrder): Promise<void> {
    const order = await sent.build.stage(unstaged)
    // While it was made ready, its worker or its build may have gone.
    if (this.#sent.get(keyOf(order)) === sent) await this.#options.queue.publish(order)
  }

  #gone(worker: string): void {
    this.#begunAt.delete(worker)
    this.#lost(worker)
  }

  #lost(worker: string): void {
    for (const sent of [...this.#sent.values()].filter((one) => one.worker === worker)) this.#lose(sent)
    this.#tellUnfit()
  }

  #lose(sent: Sent): void {
    this.#free(sent)
    const { order, build, worker, hasStarted, isClients } = sent
    const at = this.#options.clock.now()
    // Only what has begun can fail.
    if (isClients && !hasStarted) build.absorb(begun(order, worker, at))
    if (hasStarted || isClients) build.absorb(workerLost(order, worker, at))
    else this.hold(order as TaskOrder)
  }

  #avoid({ buildId, task, worker }: Pick<TaskReport, 'buildId' | 'task' | 'worker'>): void {
    const key = `${buildId}.${task}`
    this.#avoided.set(key, (this.#avoided.get(key) ?? new Set()).add(worker))
  }

  /** Workers that are not to have the task again, unless there is no other. */
  #avoidedFor(
    { buildId, task }: TaskOrder,
    free: readonly WorkerStatus[],
    build: DispatchedBuild,
  ): ReadonlySet<string> | undefined {
    const avoided = this.#avoided.get(`${buildId}.${task}`)
    const hasOther = free.some((worker) => fits(worker, build) && !avoided?.has(worker.id))
    return hasOther ? avoided : undefined
  }

  /** Tells the users of builds for which no worker is left. */
  #tellUnfit(): void {
    for (const [buildId, { build, isEmpty }] of this.#builds) {
      if (isEmpty || this.#told.has(buildId) || this.#workers().some((worker) => fits(worker, build))) continue
      this.#told.add(buildId)
      build.warn(`${this.#why(build)}; the build waits for one`)
    }
  }

  #note(sent: Sent): void {
    const before = this.#sent.get(keyOf(sent.order))
    if (before !== undefined) this.#free(before)
    this.#sent.set(keyOf(sent.order), sent)
    add(this.#takenOf, sent.build.project, 1)
    add(this.#takenBy, sent.worker, 1)
    this.#builds.get(sent.build.buildId)!.taken++
  }

  #free(sent: Sent): void {
    if (!this.#sent.delete(keyOf(sent.order))) return
    const { project, buildId } = sent.build
    add(this.#takenOf, project, -1)
    add(this.#takenBy, sent.worker, -1)
    const orders = this.#builds.get(buildId)
    if (orders !== undefined) orders.taken--
  }

  #workers(): readonly WorkerStatus[] {
    return this.#options.workers.workers()
  }

  #room(worker: WorkerStatus): number {
    if (worker.isDraining) return 0
    const ahead = this.#meanRunMs < shortRunMs ? worker.slots * aheadPerSlot : 0
    return worker.slots + ahead - this.#taken(worker)
  }

  /** Ours, and what it runs for other replicas. */
  #taken(worker: WorkerStatus): number {
    let taken = this.#takenBy.get(worker.id) ?? 0
    for (const { buildId } of worker.running) if (!this.#builds.has(buildId)) taken++
    return taken
  }
}

function add(counts: Map<string, number>, key: string, amount: number): void {
  const count = (counts.get(key) ?? 0) + amount
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

function fits(worker: WorkerStatus, { pool, platform }: DispatchedBuild): boolean {
  return worker.pool === pool && worker.platform.fingerprint === platform
}

function keyOf({ buildId, task, attempt }: Pick<TaskOrder, 'buildId' | 'task' | 'attempt'>): string {
  return `${buildId}.${task}.${attempt}`
}

function begun({ buildId, task, attempt }: Sent['order'], worker: string, at: number): TaskReport {
  return { type: 'attempt-started', buildId, task, attempt, worker, at }
}

function workerLost({ buildId, task, attempt }: Sent['order'], worker: string, at: number): TaskReport {
  return {
    type: 'attempt-failed',
    buildId,
    task,
    attempt,
    worker,
    at,
    phases: { queueMs: 0, fetchMs: 0, runMs: 0, storeMs: 0 },
    failure: { kind: 'worker-lost', message: `worker ${worker} vanished while it ran this` },
    output: new Uint8Array(),
    outputBytesDropped: 0,
  }
}
