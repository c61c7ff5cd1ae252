import type { Clock } from '../../../infra/clock/clock.ts'

/** A clock that stands still until the test moves it. */
export class HandClock implements Clock {
  #now = 1_700_000_000_000
  #timers: { readonly at: number; readonly callback: () => void }[] = []

  /** How many calls are still to come. */
  get waiting(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { callback } of due) callback()
  }
}
