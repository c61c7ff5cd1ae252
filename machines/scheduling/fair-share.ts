/** A build that has a task to give out. */
export interface Claimant {
  readonly buildId: string
  readonly project: string
  readonly priority: number
  /** Tasks of the build that workers have now. */
  readonly taken: number
}

/**
 * The build whose turn it is: of the highest priority, of the project that has the fewest tasks out, the build with the fewest;
 * ties go to the older build, whose id is the smaller one. So projects share the slots evenly, and builds those of
 * their project, while each gets what others leave.
 */
export function nextBuild(claimants: readonly Claimant[], takenOf: (project: string) => number): Claimant | undefined {
  let best: Claimant | undefined
  for (const claimant of claimants) if (best === undefined || compare(claimant, best, takenOf) < 0) best = claimant
  return best
}

function compare(a: Claimant, b: Claimant, takenOf: (project: string) => number): number {
  return (
    b.priority - a.priority ||
    takenOf(a.project) - takenOf(b.project) ||
    a.taken - b.taken ||
    (a.buildId < b.buildId ? -1 : 1)
  )
}
