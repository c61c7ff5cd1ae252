/** How a worker is chosen for a task among those that have room for it. */
export type WorkerPolicy =
  /** One that has the task's inputs on its disk; among such ones, as `least-loaded`. */
  | 'locality'
  /** The one with the smallest part of its slots taken. */
  | 'least-loaded'
  /** Each in turn, by name. */
  | 'round-robin'

export interface WorkerOffer {
  readonly worker: string
  readonly slots: number
  /** Tasks that it has been given and that have not ended. */
  readonly taken: number
  /** The task's input tree, or one of the same build, is on its disk. */
  readonly hasInputs: boolean
}

/** The worker that gets the task; `undefined` when none is offered. Ties go to the name that comes first. */
export function chooseWorker(
  policy: WorkerPolicy,
  offers: readonly WorkerOffer[],
  previous: string | undefined,
): string | undefined {
  const byName = offers.toSorted((a, b) => (a.worker < b.worker ? -1 : 1))
  if (policy === 'round-robin')
    return (byName.find(({ worker }) => previous === undefined || worker > previous) ?? byName[0])?.worker
  const near = policy === 'locality' ? byName.filter(({ hasInputs }) => hasInputs) : []
  return leastLoaded(near.length > 0 ? near : byName)?.worker
}

function leastLoaded(offers: readonly WorkerOffer[]): WorkerOffer | undefined {
  let best: WorkerOffer | undefined
  for (const offer of offers) if (best === undefined || loadOf(offer) < loadOf(best)) best = offer
  return best
}

function loadOf({ taken, slots }: WorkerOffer): number {
  return taken / slots
}
