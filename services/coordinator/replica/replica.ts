import { createHash } from 'node:crypto'
import type { BuildFailed, BuildRequest, Requester } from '../../../events/build-events.ts'
import { type BuildId, buildIdFrom } from '../../../events/build-id.ts'
import { commitFormat, encodeCommit } from '../../../events/commit.ts'
import type { LeaseHolder } from '../../../infra/lease/lease-store.ts'
import { taskCounts } from '../../../machines/build-state.ts'
import { CoordinatorFenced } from '../build-coordinator.ts'
import { foldUnfinishedBuild } from '../unfinished-build.ts'
import { OwnedBuild } from './owned-build.ts'
import type { ReplicaContext } from './replica-context.ts'

/** One replica of the coordinator: drives the builds that it has accepted, and those that others have left. */
export class Replica {
  readonly #context: ReplicaContext
  readonly #builds = new Map<BuildId, OwnedBuild>()
  readonly #running = new Set<Promise<void>>()
  #isDraining = false

  constructor(context: ReplicaContext) {
    this.#context = context
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  get requester(): Requester {
    return this.#context.requester
  }

  get builds(): readonly OwnedBuild[] {
    return [...this.#builds.values()]
  }

  /**
   * Begins a build; resolves with its id once it can be lost no more.
   *
   * @param id chosen by the client: a request with the same one begins no second build
   */
  async accept(request: BuildRequest, id?: string): Promise<BuildId> {
    const { clock, random, log, leases } = this.#context
    const buildId = id === undefined ? buildIdFrom(clock.now(), random()) : idOf(request, id)
    if (id !== undefined && !(await isEmpty(log.read(buildId)))) return buildId
    const lease = await leases.acquire(buildId, this.#holder(buildId))
    if (lease.state === 'held') return buildId
    const build = new OwnedBuild(this.#context, { buildId, request })
    this.#drive(build)
    await build.accepted
    return buildId
  }

  /** Goes on with a build whose owner is gone, unless somebody else does or it has ended. Never rejects. */
  async takeOver(buildId: BuildId): Promise<void> {
    if (this.#builds.has(buildId) || this.#isDraining) return
    const { leases, log, logger } = this.#context
    try {
      const lease = await leases.acquire(buildId, this.#holder(buildId))
      if (lease.state === 'held') return
      const unfinished = await foldUnfinishedBuild(log, buildId)
      if (unfinished === undefined) return await leases.release(buildId, this.#holder(buildId))
      logger.info({ buildId }, 'takes over a build')
      this.#drive(new OwnedBuild(this.#context, { buildId, request: unfinished.state.request! }, unfinished))
    } catch (error) {
      // It lapses again, and is tried again.
      leases.forget(buildId)
      logger.error({ buildId, error }, 'a build can not be taken over')
    }
  }

  /** Tells the users of all builds something. */
  warn(message: string): void {
    for (const build of this.#builds.values()) build.warn(message)
  }

  /** False for a build that this replica does not own. */
  cancel(buildId: BuildId): boolean {
    const build = this.#builds.get(buildId)
    build?.cancel('requested')
    return build !== undefined
  }

  /** The lease has lapsed or was lost: another replica may own the build by now. */
  lose(buildId: BuildId): void {
    this.#builds.get(buildId)?.abandon()
  }

  /**
   * Leaves all builds to other replicas, and resolves when nothing is written any more.
   *
   * @param offer asks the others to take builds over at once; false: nobody answers
   */
  async drain(offer: (buildIds: readonly BuildId[]) => Promise<boolean>): Promise<void> {
    this.#isDraining = true
    const left = [...this.#builds.keys()]
    for (const build of this.#builds.values()) build.abandon()
    await Promise.allSettled(this.#running)
    if (left.length === 0) return
    const { leases } = this.#context
    await Promise.allSettled(left.map((buildId) => leases.release(buildId, this.#holder(buildId))))
    if (await offer(left)) return
    // Whoever starts next finds them by leases that have lapsed.
    await Promise.allSettled(left.map((buildId) => leases.acquire(buildId, this.#holder(buildId))))
    for (const buildId of left) leases.forget(buildId)
  }

  #drive(build: OwnedBuild): void {
    const { buildId } = build
    this.#builds.set(buildId, build)
    const running = this.#run(build).finally(() => {
      this.#builds.delete(buildId)
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  async #run(build: OwnedBuild): Promise<void> {
    const { leases, logger } = this.#context
    const { buildId } = build
    try {
      await build.run()
      logger.info({ buildId }, 'a build has ended')
    } catch (error) {
      if (!(error instanceof CoordinatorFenced))
        logger.error({ buildId, error }, 'a build can not be driven any further')
      else logger.info({ buildId }, 'another replica has this build, or is to have it')
      if (error instanceof CoordinatorFenced || !(await this.#fail(buildId, error))) return leases.forget(buildId)
    }
    await leases.release(buildId, this.#holder(buildId)).catch((error: unknown) => {
      leases.forget(buildId)
      logger.warn({ buildId, error }, 'a lease could not be given back; it lapses')
    })
  }

  /** Brings a build to its end that no coordinator could drive any further. False when the log can't be written. */
  async #fail(buildId: BuildId, error: unknown): Promise<boolean> {
    const { log, queue, clock, logger } = this.#context
    try {
      const unfinished = await foldUnfinishedBuild(log, buildId)
      if (unfinished === undefined) return true
      const { state, head, epoch } = unfinished
      const why = error instanceof Error ? error.message : String(error)
      const failed: BuildFailed = { type: 'build-failed', counts: taskCounts(state), message: why }
      const next = { v: commitFormat, buildId, version: head.version + 1, epoch: epoch + 1, prev: head.hash }
      const appended = await log.append(encodeCommit({ ...next, at: clock.now(), events: [failed] }))
      if (appended === 'appended') await queue.stop(buildId)
      return true
    } catch (trouble) {
      logger.error({ buildId, error: trouble }, 'the end of a build can not be recorded')
      return false
    }
  }

  #holder(buildId: BuildId): LeaseHolder {
    return { process: this.#context.identity, note: { buildId } }
  }
}

/** The same for the same client's id: when it is one of ours, that; else one that is worked out of it. */
function idOf({ remote }: BuildRequest, id: string): BuildId {
  return buildIdFrom(0, createHash('sha256').update(`${remote!.project}\0${id}`).digest().subarray(0, 16))
}

async function isEmpty(sequence: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of sequence) return false
  return true
}
