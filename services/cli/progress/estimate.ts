/** What is left to do in a build, in numbers. */
export interface RemainingWork {
  /** Expected ms of the tasks that have not ended and whose duration is known, less what running ones have had. */
  readonly knownMs: number
  /** Tasks that have not ended and whose duration nothing tells. */
  readonly unknownTasks: number
  /** Mean of the tasks that ended in this build, else of the known durations; absent: neither is there. */
  readonly meanMs: number | undefined
  /** The longest chain of tasks that must run one after the other, in ms; 0: not known. */
  readonly longestPathMs: number
  /** Tasks that may run at once. */
  readonly slots: number
}

/**
 * Expected ms until the build ends; `undefined` while nothing is known. It is the larger of the two lower bounds on a
 * schedule's length: all work spread evenly over the slots, and the longest path (Graham, 1969).
 */
export function estimateRemainingMs(work: RemainingWork): number | undefined {
  if (work.unknownTasks > 0 && work.meanMs === undefined) return undefined
  const totalMs = work.knownMs + work.unknownTasks * (work.meanMs ?? 0)
  return Math.max(totalMs / Math.max(1, work.slots), work.longestPathMs)
}
