import type { ProcessIdentity } from '../process-table/process-table.ts'

/**
 * Says who works on what. A lease only saves double work and keeps two command lines from building in one place at the
 * same time; what may be written is decided by the event log.
 */
export interface LeaseStore {
  /**
   * Takes the lease if nobody holds it or its holder is gone. Then `previous` is what that one left behind, and its note
   * stays the lease's until the new holder updates it: whoever dies before that leaves it to the next.
   */
  acquire(key: string, holder: LeaseHolder): Promise<Acquired | HeldByOther>
  /** Replaces the holder's note of a lease that it holds. */
  update(key: string, holder: LeaseHolder): Promise<void>
  /** Gives the lease back; nothing is left behind. A lease held by somebody else is left alone. */
  release(key: string, holder: LeaseHolder): Promise<void>
  /** Every lease that was not given back, by key; `isAlive`: its holder is not known to be gone. Takes none. */
  list(): Promise<readonly KnownLease[]>
  close(): Promise<void>
}

/** Leases that lapse when their holder does not renew them, on whatever host it is. */
export interface LapsingLeases extends LeaseStore {
  /** Renews a lease no longer, without giving it back: it lapses, and who takes it goes on with what it stands for. */
  forget(key: string): void
}

export interface LeaseHolder {
  readonly process: LeaseProcess
  /** What a successor needs to know: the build, and the processes that must be gone before it may start. */
  readonly note: LeaseNote
}

/** Processes are those of the holder's host. */
export interface LeaseNote {
  readonly buildId?: string
  readonly guard?: ProcessIdentity
  readonly helpers?: readonly ProcessIdentity[]
}

/** A process that may hold leases, on whatever host. */
export interface LeaseProcess extends ProcessIdentity {
  readonly host: string
}

export interface Acquired {
  readonly state: 'acquired'
  readonly previous?: LeaseHolder
}

export interface HeldByOther {
  readonly state: 'held'
  readonly by: LeaseHolder
}

export interface KnownLease {
  readonly key: string
  readonly holder: LeaseHolder
  readonly isAlive: boolean
}
