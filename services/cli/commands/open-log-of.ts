import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import { clusterAddresses } from '../../cluster-addresses.ts'
import type { CommandHost } from './command-host.ts'

export interface LogFlags {
  readonly stateDir?: string
  readonly cluster?: true
  readonly nats?: string
}

/** The event log that a command is to look at: this user's own, or with `--cluster` that of a cluster. */
export function openLogOf(host: CommandHost, flags: LogFlags): Promise<EventLog> {
  return flags.cluster ? host.openClusterLog(clusterAddresses(flags, process.env)) : host.openLog(flags.stateDir)
}

/** The leases that belong to it. */
export function openLeasesOf(host: CommandHost, flags: LogFlags): Promise<LeaseStore> {
  return flags.cluster ? host.openClusterLeases(clusterAddresses(flags, process.env)) : host.openLeases(flags.stateDir)
}
