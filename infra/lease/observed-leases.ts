import type { LeaseHolder } from './lease-store.ts'

/** A lease as it was last heard of. */
export interface ObservedLease {
  readonly key: string
  readonly revision: number
  /** Undefined: it was given back. */
  readonly holder: LeaseHolder | undefined
}

interface Heard extends ObservedLease {
  /** When this revision was first heard of, in ms of this process's monotonic clock. */
  heardMs: number
  /** When it was last told of as lapsed. */
  toldMs: number
}

/**
 * What a process knows of everybody's leases: when it first heard of each revision, by its own monotonic clock, so that no
 * two hosts' clocks are ever compared. It judges only by what it could hear: the horizon is a time up to which it is known to
 * have heard everything.
 */
export class ObservedLeases {
  readonly #lapseMs: number
  readonly #heard = new Map<string, Heard>()
  #horizonMs = Number.NEGATIVE_INFINITY

  constructor(lapseMs: number) {
    this.#lapseMs = lapseMs
  }

  /** False when this, or something newer, was known. */
  hear(lease: ObservedLease, nowMs: number): boolean {
    const known = this.#heard.get(lease.key)
    if (known !== undefined && known.revision >= lease.revision) return false
    this.#heard.set(lease.key, { ...lease, heardMs: nowMs, toldMs: Number.NEGATIVE_INFINITY })
    return true
  }

  /** Something may have gone unheard until now: nothing lapses before it was silent for long enough again. */
  lostTouch(nowMs: number): void {
    for (const lease of this.#heard.values()) lease.heardMs = nowMs
  }

  /** Everything up to `horizonMs` was heard. Returns the keys that are lapsed, each again after one more such time. */
  passTo(horizonMs: number): string[] {
    this.#horizonMs = horizonMs
    const lapsed: string[] = []
    for (const lease of this.#heard.values()) {
      if (horizonMs - Math.max(lease.heardMs, lease.toldMs) < this.#lapseMs) continue
      if (lease.holder === undefined) {
        this.#heard.delete(lease.key)
        continue
      }
      lease.toldMs = horizonMs
      lapsed.push(lease.key)
    }
    return lapsed
  }

  /** Whether the holder was silent for as long as it takes, and this revision is still its last word. */
  isLapsed(key: string, revision: number): boolean {
    const lease = this.#heard.get(key)
    return lease?.revision === revision && this.#horizonMs - lease.heardMs >= this.#lapseMs
  }
}
