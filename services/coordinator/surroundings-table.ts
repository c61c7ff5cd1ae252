import { type Surroundings, surroundingsDigest } from '../../events/surroundings.ts'
import type { SurroundingsNoted } from '../../events/task-events.ts'

/** Numbers the surroundings of one build's tasks, in the order in which its `surroundings-noted` events list them. */
export class SurroundingsTable {
  readonly #numbers = new Map<string, number>()
  #unlisted: Surroundings[] = []

  constructor(listed: readonly Surroundings[]) {
    for (const content of listed) this.number(surroundingsDigest(content), content)
    this.#unlisted = []
  }

  number(digest: string, content: Surroundings): number {
    let number = this.#numbers.get(digest)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(digest, number)
      this.#unlisted.push(content)
    }
    return number
  }

  /** The event that lists what was numbered since the last call, to be recorded before the one that uses it. */
  takeUnlisted(): readonly SurroundingsNoted[] {
    if (this.#unlisted.length === 0) return []
    const surroundings = this.#unlisted
    this.#unlisted = []
    return [{ type: 'surroundings-noted', surroundings }]
  }
}
