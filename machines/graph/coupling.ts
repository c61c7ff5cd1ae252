import type { FileNumber, TaskNumber } from './build-graph.ts'
import type { FileUse } from './file-use.ts'

/** How many tasks with a command have to be looked at again when something changes. */
export interface FanOut {
  /** A file that no wanted task makes, or a task: whatever it makes. */
  readonly of: { readonly file: FileNumber } | { readonly task: TaskNumber }
  /** Those that read it themselves. */
  readonly direct: number
  /** Those, the readers of what they make, and so on, through phony tasks too. */
  readonly transitive: number
}

/** How many files a task with a command reads. */
export interface FanIn {
  readonly task: TaskNumber
  readonly inputs: number
  /** How many of `inputs` it does not declare: its last run read them. */
  readonly discovered: number
}

export interface Coupling {
  /** All that has any, the highest transitive one first, then the highest direct one, then by name. */
  readonly fanOut: readonly FanOut[]
  /** All that have any, the highest first, then by id. */
  readonly fanIn: readonly FanIn[]
}

/**
 * Fan-in and fan-out (Henry & Kafura, 1981) of a build's files and tasks. Order-only inputs don't count.
 *
 * Transitive fan-out is exact. Counting the tasks that can be reached takes a set for each, n² bits for n tasks; here the
 * sets are made a slice of 1,024 tasks at a time, so that 128 n bytes do. Time: n / 1,024 passes over all reads.
 */
export function coupling(use: FileUse): Coupling {
  return { fanOut: fanOuts(use), fanIn: fanIns(use) }
}

function fanIns(use: FileUse): readonly FanIn[] {
  const { tasks } = use.tasks.graph
  const found: FanIn[] = []
  for (const task of use.order) {
    if (tasks[task]!.command === undefined) continue
    let inputs = 0
    let discovered = 0
    use.eachRead(task, (_file, isDiscovered) => {
      inputs++
      if (isDiscovered) discovered++
    })
    if (inputs > 0) found.push({ task, inputs, discovered })
  }
  return found.sort((a, b) => b.inputs - a.inputs || compareText(tasks[a.task]!.id, tasks[b.task]!.id))
}

function fanOuts(use: FileUse): readonly FanOut[] {
  const { tasks } = use.tasks.graph
  const sources = use.paths.keys().filter((file) => use.maker(file) === undefined)
  const readers = [
    ...[...use.order].map((task) => ({ of: { task }, places: dependentPlaces(use, task) })),
    ...sources.map((file) => ({ of: { file }, places: readerPlaces(use, file) })),
  ]
  const runs = Uint8Array.from(use.order, (task) => (tasks[task]!.command === undefined ? 0 : 1))
  const transitive = reachableCounts(
    readers.map(({ places }) => places),
    runs,
  )
  const nameOf = ({ of }: FanOut) => ('file' in of ? use.paths[of.file]! : tasks[of.task]!.id)
  return readers
    .flatMap(({ of, places }, i): FanOut[] => {
      const isShown = transitive[i]! > 0 && ('file' in of || tasks[of.task]!.command !== undefined)
      const direct = places.reduce((sum, place) => sum + runs[place]!, 0)
      return isShown ? [{ of, direct, transitive: transitive[i]! }] : []
    })
    .sort((a, b) => b.transitive - a.transitive || b.direct - a.direct || compareText(nameOf(a), nameOf(b)))
}

function readerPlaces(use: FileUse, file: FileNumber): Int32Array {
  const places: number[] = []
  use.eachReader(file, (reader) => places.push(use.places[reader]!))
  return Int32Array.from(places)
}

function dependentPlaces(use: FileUse, task: TaskNumber): Int32Array {
  const places = new Set<number>()
  use.eachDependent(task, (reader) => places.add(use.places[reader]!))
  return Int32Array.from(places)
}

const sliceWords = 32
const sliceBits = 32 * sliceWords

/**
 * How many places can be reached from each node, counting those with a 1 in `counts`.
 *
 * @param next by node: the places one step on. The first nodes are the places themselves, each before all it leads to
 */
function reachableCounts(next: readonly Int32Array[], counts: Uint8Array): Int32Array {
  const total = new Int32Array(next.length)
  for (let start = 0; start < counts.length; start += sliceBits) {
    const end = Math.min(start + sliceBits, counts.length)
    const sets = new SliceSets(end)
    // What lies behind the slice leads to nothing in it.
    for (let place = end - 1; place >= 0; place--) {
      total[place]! += sets.unite(next[place]!)
      sets.keep(place, place >= start && counts[place] === 1 ? place - start : -1)
    }
    for (let node = counts.length; node < next.length; node++) total[node]! += sets.unite(next[node]!)
  }
  return total
}

/** For each place before the end of a slice, which of the slice's places can be reached from it. Equal sets are kept once. */
class SliceSets {
  readonly #end: number
  readonly #words: Int32Array
  /** By place: the place that holds its set, or -1 for the empty one. */
  readonly #holder: Int32Array
  /** By holder: the number of the last union that took it in. */
  readonly #lastUnion: Int32Array
  readonly #union = new Int32Array(sliceWords)
  #unions = 0
  #partCount = 0
  /** The last set that was taken in. */
  #part = -1

  constructor(end: number) {
    this.#end = end
    this.#words = new Int32Array(end * sliceWords)
    this.#holder = new Int32Array(end).fill(-1)
    this.#lastUnion = new Int32Array(end)
  }

  /** Unites the sets of places; returns how many are in it. */
  unite(places: Int32Array): number {
    this.#unions++
    this.#partCount = 0
    for (const place of places) {
      const holder = place < this.#end ? this.#holder[place]! : -1
      if (holder === -1 || this.#lastUnion[holder] === this.#unions) continue
      this.#lastUnion[holder] = this.#unions
      if (this.#partCount === 0) this.#union.fill(0)
      this.#partCount++
      this.#part = holder
      for (let word = 0, at = holder * sliceWords; word < sliceWords; word++, at++)
        this.#union[word]! |= this.#words[at]!
    }
    return this.#partCount === 0 ? 0 : bitCount(this.#union)
  }

  /** Makes the last union, and itself unless `own` is -1, what can be reached from or at a place. */
  keep(place: number, own: number): void {
    if (own === -1 && this.#partCount <= 1) {
      this.#holder[place] = this.#partCount === 0 ? -1 : this.#part
      return
    }
    if (this.#partCount === 0) this.#union.fill(0)
    if (own !== -1) this.#union[own >> 5]! |= 1 << (own & 31)
    this.#words.set(this.#union, place * sliceWords)
    this.#holder[place] = place
  }
}

/** Bits that are 1. Source: Warren, Hacker's Delight (2nd edition, 2012), figure 5-2. */
function bitCount(words: Int32Array): number {
  let sum = 0
  for (let word of words) {
    word -= (word >>> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
    sum += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return sum
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
