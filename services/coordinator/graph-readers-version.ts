/** Grows with each change of what a graph reader or the planner makes of the same files. */
export const readersVersion = 1
