import type { TaskOrder } from '../../events/task-order.ts'
import type { RunningAttempt } from '../../events/worker-status.ts'

/** What a worker runs at the moment, for those who ask. */
export class RunningAttempts {
  readonly #running = new Set<RunningAttempt>()
  readonly #listeners = new Set<() => void>()

  get running(): readonly RunningAttempt[] {
    return [...this.#running]
  }

  /** Takes note of an attempt; the returned function that it has ended. */
  begin({ buildId, task, attempt }: TaskOrder): () => void {
    const one: RunningAttempt = { buildId, task, attempt }
    this.#running.add(one)
    this.#changed()
    return () => {
      this.#running.delete(one)
      this.#changed()
    }
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
