/** A stretch of a worker's time. Times are in ms. */
export interface Stretch {
  readonly worker: string
  readonly startMs: number
  readonly endMs: number
}

/** Where a stretch stands in a drawing: which worker of them all, and which of its rows, both counted from 0. */
export interface SlotRow {
  readonly worker: number
  readonly row: number
}

/**
 * Puts stretches into as few rows for each worker as they need so that none overlap: its slots, as far as a log tells.
 * The answers have the order of the stretches; workers are numbered by name.
 */
export function slotRows(stretches: readonly Stretch[]): SlotRow[] {
  const workers = [...new Set(stretches.map(({ worker }) => worker))].sort()
  const numbers = new Map(workers.map((worker, number) => [worker, number]))
  const busyUntil: number[][] = workers.map(() => [])
  const rows = new Array<SlotRow>(stretches.length)
  const byStart = stretches.map((_, index) => index).sort((a, b) => stretches[a]!.startMs - stretches[b]!.startMs)
  for (const index of byStart) {
    const { worker: name, startMs, endMs } = stretches[index]!
    const worker = numbers.get(name)!
    const ends = busyUntil[worker]!
    const free = ends.findIndex((end) => end <= startMs)
    const row = free < 0 ? ends.length : free
    ends[row] = endMs
    rows[index] = { worker, row }
  }
  return rows
}
