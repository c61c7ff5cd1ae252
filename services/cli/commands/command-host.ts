import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import type { Engine, LocalCache } from '../../embedded/engine.ts'

/** What `main.ts` gives the commands: the adapters, opened when a command asks for them and closed by it. */
export interface CommandHost {
  /**
   * All of it. `stateDir`: the flag's value; absent: the usual place. `cache`: by default the one in the usual place.
   */
  readonly openEngine: (stateDir: string | undefined, cache?: CacheChoice) => Promise<Engine>
  /**
   * The cache itself, for commands about it; made where it is missing. Throws what its adapters throw. `isLook`: asking
   * whether a blob is there does not mark it as used.
   */
  readonly openCache: (
    cacheDir: string | undefined,
    onTrouble: (line: string) => void,
    isLook?: boolean,
  ) => Promise<LocalCache>
  /** Only the event log, for commands that just read. */
  readonly openLog: (stateDir: string | undefined) => Promise<EventLog>
  readonly openLeases: (stateDir: string | undefined) => Promise<LeaseStore>
}

/** `off`: nothing is taken from a cache or kept. `directory`: the flag's value; absent: the usual place. */
export type CacheChoice = 'off' | { readonly directory?: string }
