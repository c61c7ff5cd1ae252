/** Tells the time. Tests bring their own. */
export interface Clock {
  /** ms since 1970. */
  now(): number
  /** Calls back after `ms`; the returned function calls it off. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
