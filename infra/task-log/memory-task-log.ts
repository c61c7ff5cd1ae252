import { LogBudget, type LogLimits, logLimitsDefault } from './log-budget.ts'
import type { TaskLog } from './task-log.ts'

type OnPiece = (taskId: string, piece: Uint8Array) => void

/** Pieces within one process. */
export class MemoryTaskLog implements TaskLog {
  readonly #followers = new Map<string, Set<OnPiece>>()
  readonly #budget: LogBudget

  constructor(limits: LogLimits = logLimitsDefault) {
    this.#budget = new LogBudget(limits)
  }

  send(buildId: string, taskId: string, piece: Uint8Array): void {
    const followers = this.#followers.get(buildId)
    if (followers === undefined || piece.length === 0) return
    const bytes = this.#budget.spend(`${buildId} ${taskId}`, piece.length, performance.now())
    if (bytes === 0) return
    const copy = Uint8Array.from(piece.subarray(0, bytes))
    for (const onPiece of followers) queueMicrotask(() => followers.has(onPiece) && onPiece(taskId, copy))
  }

  follow(buildId: string, onPiece: OnPiece): () => void {
    const followers = this.#followers.get(buildId) ?? new Set()
    const own: OnPiece = (taskId, piece) => onPiece(taskId, piece)
    this.#followers.set(buildId, followers.add(own))
    return () => {
      followers.delete(own)
      if (followers.size === 0 && this.#followers.get(buildId) === followers) this.#followers.delete(buildId)
    }
  }
}
