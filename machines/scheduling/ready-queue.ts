import type { TaskNumber } from '../graph/build-graph.ts'

/** Ready tasks, the one with the highest rank first; among equals the one with the lowest number. A binary heap. */
export class ReadyQueue {
  readonly #rank: Float64Array
  readonly #heap: TaskNumber[] = []

  /** @param rank by task number */
  constructor(rank: Float64Array) {
    this.#rank = rank
  }

  get size(): number {
    return this.#heap.length
  }

  push(task: TaskNumber): void {
    const heap = this.#heap
    let hole = heap.length
    heap.push(task)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#before(task, heap[parent]!)) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = task
  }

  pop(): TaskNumber | undefined {
    const heap = this.#heap
    const first = heap[0]
    const moved = heap.pop()
    if (moved === undefined || heap.length === 0) return first
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++
      if (!this.#before(heap[child]!, moved)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = moved
    return first
  }

  #before(a: TaskNumber, b: TaskNumber): boolean {
    const difference = this.#rank[a]! - this.#rank[b]!
    return difference > 0 || (difference === 0 && a < b)
  }
}
