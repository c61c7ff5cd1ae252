import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import type { Engine } from '../../embedded/engine.ts'

/** What `main.ts` gives the commands: the adapters, opened when a command asks for them and closed by it. */
export interface CommandHost {
  /** All of it. `stateDir`: the flag's value; absent: the usual place. */
  readonly openEngine: (stateDir: string | undefined) => Promise<Engine>
  /** Only the event log, for commands that just read. */
  readonly openLog: (stateDir: string | undefined) => Promise<EventLog>
  readonly openLeases: (stateDir: string | undefined) => Promise<LeaseStore>
}
