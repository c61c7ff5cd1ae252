import { availableParallelism } from 'node:os'

/** Of a worker, whose commands find all their files on its own disk. */
export function defaultSlots(): number {
  return availableParallelism()
}

/** As ninja: two more than processors, so that they have work while commands wait for the disk. */
export function defaultJobs(): number {
  const processors = availableParallelism()
  return processors === 1 ? 2 : processors === 2 ? 3 : processors + 2
}
