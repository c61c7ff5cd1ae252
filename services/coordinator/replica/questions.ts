import { coordinatorQuestion, type QueueAnswer, type QueuedBuild } from '../../../events/coordinator-question.ts'
import { phaseOf, taskCounts } from '../../../machines/build-state.ts'
import type { DispatchHub } from './dispatch-hub.ts'
import type { OwnedBuild } from './owned-build.ts'
import type { Replica } from './replica.ts'

/** Waiting tasks that are named. */
const namedMax = 20

/** Answers what all replicas are asked. */
export class Questions {
  readonly #replica: Replica
  readonly #hub: DispatchHub

  constructor(replica: Replica, hub: DispatchHub) {
    this.#replica = replica
    this.#hub = hub
  }

  /** `undefined` for what is no business of this replica, or no question. */
  answer(asked: unknown): object | undefined {
    const question = coordinatorQuestion.safeParse(asked)
    if (!question.success) return undefined
    switch (question.data.type) {
      case 'cancel':
        return this.#replica.cancel(question.data.buildId) ? { cancelled: question.data.buildId } : undefined
      case 'take-over':
        if (this.#replica.isDraining) return undefined
        for (const buildId of question.data.buildIds) void this.#replica.takeOver(buildId)
        return { takesOver: question.data.buildIds }
      case 'queue':
        return this.#queue()
    }
  }

  #queue(): QueueAnswer {
    const { host, pid } = this.#replica.requester
    return { coordinator: { host, pid }, builds: this.#replica.builds.map((build) => this.#build(build)) }
  }

  #build({ buildId, state, request }: OwnedBuild): QueuedBuild {
    const { project, priority, pool } = request.remote!
    const { taken, waiting, because } = this.#hub.standing(buildId)
    const nameOf = (task: number) => state.plan?.tasks.graph.tasks[task]?.id ?? String(task)
    return {
      buildId,
      project,
      priority,
      pool,
      phase: phaseOf(state),
      counts: taskCounts(state),
      taken,
      waiting: waiting.slice(0, namedMax).map(nameOf),
      waitingCount: waiting.length,
      ...(because === undefined ? {} : { because }),
    }
  }
}
