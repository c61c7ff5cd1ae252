import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../../infra/lease/lease-store.ts'
import type { WorkerPolicy } from '../../../machines/scheduling/worker-choice.ts'
import type { ClusterAddresses } from '../../cluster-addresses.ts'
import type { Engine, LocalCache } from '../../embedded/engine.ts'
import type { ClusterClient } from '../cluster/cluster-client.ts'

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
  /** That of a cluster. */
  readonly openClusterLog: (addresses: ClusterAddresses) => Promise<EventLog>
  readonly openClusterLeases: (addresses: ClusterAddresses) => Promise<LeaseStore>
  readonly openLeases: (stateDir: string | undefined) => Promise<LeaseStore>
  /** Speaks with a cluster. `stateDir`: for what is known of the files of this machine. */
  readonly openCluster: (addresses: ClusterAddresses, stateDir: string | undefined) => Promise<ClusterClient>
  /** Makes what is missing on a cluster's servers, and tells in lines what they are like. */
  readonly setUpCluster: (addresses: ClusterAddresses, replicas?: number) => Promise<readonly string[]>
  /** Is a coordinator until the signal. */
  readonly runCoordinator: (
    flags: { readonly addresses: ClusterAddresses; readonly policy: WorkerPolicy },
    signal: AbortSignal,
  ) => Promise<void>
  /** Is a worker until the signal. */
  readonly runWorker: (flags: WorkerSettings, signal: AbortSignal) => Promise<void>
}

/** What a worker is started with; without a directory it gets one of its own below the user's cache. */
export interface WorkerSettings {
  readonly addresses: ClusterAddresses
  readonly id: string
  readonly pool: string
  readonly slots: number
  readonly directory?: string
  readonly labels: Readonly<Record<string, string>>
  readonly platform?: string
  readonly sandbox: 'bubblewrap' | 'none'
  readonly diskBytesMax: number
}

/** `off`: nothing is taken from a cache or kept. `directory`: the flag's value; absent: the usual place. */
export type CacheChoice = 'off' | { readonly directory?: string }
