import { isDeepStrictEqual } from 'node:util'
import type { Acquired, HeldByOther, KnownLease, LeaseHolder, LeaseProcess, LeaseStore } from './lease-store.ts'
import { LeaseStoreError } from './lease-store-error.ts'

/** Leases that live as long as this object: for tests and simulation. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #isAlive: (process: LeaseProcess) => boolean
  readonly #holders = new Map<string, LeaseHolder>()

  constructor(isAlive: (process: LeaseProcess) => boolean) {
    this.#isAlive = isAlive
  }

  async acquire(key: string, holder: LeaseHolder): Promise<Acquired | HeldByOther> {
    const by = this.#holders.get(key)
    if (by !== undefined && this.#isAlive(by.process)) return { state: 'held', by }
    this.#holders.set(key, structuredClone(by === undefined ? holder : { ...holder, note: by.note }))
    return by === undefined ? { state: 'acquired' } : { state: 'acquired', previous: by }
  }

  async update(key: string, holder: LeaseHolder): Promise<void> {
    if (!this.#isHeldBy(key, holder.process)) throw new LeaseStoreError(`lease ${key} is no longer held`)
    this.#holders.set(key, structuredClone(holder))
  }

  async release(key: string, holder: LeaseHolder): Promise<void> {
    if (this.#isHeldBy(key, holder.process)) this.#holders.delete(key)
  }

  async list(): Promise<readonly KnownLease[]> {
    return [...this.#holders]
      .map(([key, holder]) => ({ key, holder, isAlive: this.#isAlive(holder.process) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async close(): Promise<void> {}

  #isHeldBy(key: string, process: LeaseProcess): boolean {
    return isDeepStrictEqual(this.#holders.get(key)?.process, process)
  }
}
