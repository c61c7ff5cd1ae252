import type { WorkerStatus } from '../../events/worker-status.ts'

/** Tells who works, as far as can be heard. Nothing is stored; who is heard of is not safe from having just died. */
export interface WorkerRegistry {
  /** Announces a worker from now on: again and again, and at once when asked. */
  announce(status: () => WorkerStatus): Announcement
  /** Listens to the announcements of all workers. */
  watch(): WorkerWatch
}

export interface Announcement {
  /** The status has changed: those who watch are told at once. */
  changed(): void
  /** Says that the worker is gone, and nothing more. Resolves when that was sent; never rejects. */
  close(): Promise<void>
}

export interface WorkerWatch {
  /** Workers that were heard of within {@link heardMsMax}, by id. */
  workers(): readonly WorkerStatus[]
  /** Calls back when a worker is new or has changed. The returned function ends that. */
  onChange(callback: (status: WorkerStatus) => void): () => void
  /** Calls back when a worker said goodbye, or was not heard of for too long. The returned function ends that. */
  onLost(callback: (workerId: string) => void): () => void
  /** How many announcements made no sense. */
  malformed(): number
  close(): void
}

/** A worker announces itself so often, in ms. */
export const announceMs = 1_000
/** A worker that was not heard of for so long counts as lost, in ms: three announcements, and half one for their way. */
export const heardMsMax = 3_500
