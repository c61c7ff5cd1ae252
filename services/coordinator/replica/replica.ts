import { createHash } from 'node:crypto'
import type { BuildRequest, Requester } from '../../../events/build-events.ts'
import { type BuildId, buildIdFrom } from '../../../events/build-id.ts'
import type { LeaseHolder } from '../../../infra/lease/lease-store.ts'
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

  /** Goes on with a build whose owner is gone, unless somebody else does or it has ended. */
  async takeOver(buildId: BuildId): Promise<void> {
    if (this.#builds.has(buildId) || this.#isDraining) return
    const { leases, log, logger } = this.#context
    const lease = await leases.acquire(buildId, this.#holder(buildId))
    if (lease.state === 'held') return
    try {
      const unfinished = await foldUnfinishedBuild(log, buildId)
      if (unfinished === undefined) {
        await leases.release(buildId, this.#holder(buildId))
        return
      }
      logger.info({ buildId }, 'takes over a build')
      this.#drive(new OwnedBuild(this.#context, { buildId, request: unfinished.state.request! }, unfinished))
    } catch (error) {
      logger.error({ buildId, error }, 'a build can not be taken over')
      await leases.release(buildId, this.#holder(buildId))
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

  /** Leaves all builds to other replicas, and resolves with their ids when nothing is written any more. */
  async drain(): Promise<readonly BuildId[]> {
    this.#isDraining = true
    const left = [...this.#builds.keys()]
    for (const build of this.#builds.values()) build.abandon()
    await Promise.allSettled(this.#running)
    return left
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
      if (error instanceof CoordinatorFenced) logger.info({ buildId }, 'another replica has this build')
      else logger.error({ buildId, error }, 'a build can not be driven any further')
    } finally {
      await leases.release(buildId, this.#holder(buildId)).catch((error: unknown) => {
        logger.warn({ buildId, error }, 'a lease could not be given back; it lapses')
      })
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
