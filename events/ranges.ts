/** Ascending numbers as runs: `[first, count, first, count, ...]`. 10,000 consecutive tasks take two numbers. */
export type Ranges = readonly number[]

/** Runs of an ascending sequence of numbers. */
export function toRanges(ascending: Iterable<number>): Ranges {
  const ranges: number[] = []
  let next = -1
  for (const number of ascending) {
    if (number === next) ranges[ranges.length - 1]!++
    else ranges.push(number, 1)
    next = number + 1
  }
  return ranges
}

export function* fromRanges(ranges: Ranges): Generator<number> {
  for (let i = 0; i < ranges.length; i += 2) {
    const first = ranges[i]!
    for (let k = 0; k < ranges[i + 1]!; k++) yield first + k
  }
}

/** How many numbers the runs hold. */
export function countRanges(ranges: Ranges): number {
  let count = 0
  for (let i = 1; i < ranges.length; i += 2) count += ranges[i]!
  return count
}
