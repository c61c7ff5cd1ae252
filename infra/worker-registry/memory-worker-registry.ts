import type { WorkerStatus } from '../../events/worker-status.ts'
import { HeardWorkers } from './heard-workers.ts'
import { type Announcement, announceMs, type WorkerRegistry, type WorkerWatch } from './worker-registry.ts'

/** Workers and those who watch them in one process. */
export class MemoryWorkerRegistry implements WorkerRegistry {
  readonly #announcers = new Set<() => void>()
  readonly #watches = new Set<HeardWorkers>()

  announce(status: () => WorkerStatus): Announcement {
    const tell = () => {
      const text = JSON.stringify(status())
      for (const watch of this.#watches) watch.hear(JSON.parse(text) as WorkerStatus, text)
    }
    const timer = setInterval(tell, announceMs)
    this.#announcers.add(tell)
    tell()
    return {
      changed: () => {
        if (this.#announcers.has(tell)) tell()
      },
      close: async () => {
        clearInterval(timer)
        const { id } = status()
        if (this.#announcers.delete(tell)) for (const watch of this.#watches) watch.lose(id)
      },
    }
  }

  watch(): WorkerWatch {
    const watch = new HeardWorkers(() => this.#watches.delete(watch))
    this.#watches.add(watch)
    for (const tell of this.#announcers) tell()
    return watch
  }
}
