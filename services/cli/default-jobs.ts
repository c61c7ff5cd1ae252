import { availableParallelism } from 'node:os'

/** As ninja: two more than processors, so that they have work while commands wait for the disk. */
export function defaultJobs(): number {
  const processors = availableParallelism()
  return processors === 1 ? 2 : processors === 2 ? 3 : processors + 2
}
