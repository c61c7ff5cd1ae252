import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { systemClock } from '../../infra/clock/clock.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../infra/lease/lease-store.ts'
import type { Engine, LocalCache, LocalExecutor } from '../embedded/engine.ts'
import { cacheDirectory } from './cache-directory.ts'
import type { CacheChoice, CommandHost } from './commands/command-host.ts'
import { stateDirectory } from './state-directory.ts'
import { version } from './version.ts'

/** Runs one command line. Sets the exit code: 0 done, 1 build failed, 2 bad input or usage, 130 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has left, or a full disk, is dealt with where it matters. It is no reason to stop a build.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const { program } = await import('./program.ts')
    const command = await program(host, args)
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = 2
    const { exitCodeOf, isExpectedError } = await import('./expected-errors.ts')
    if (!isExpectedError(error)) throw error
    process.exitCode = exitCodeOf(error)
    process.stderr.write(`millrace: ${error.message}\n`)
  }
}

/** What commands work with, for other command lines too (`ninja/main.ts`). */
export const host: CommandHost = {
  openEngine,
  openCache,
  openLog,
  openLeases,
  openCluster: async (addresses, stateDir) => (await import('./cluster/main.ts')).openCluster(addresses, stateDir),
  openClusterLog: async (addresses) => (await import('./cluster/main.ts')).openClusterLog(addresses),
  openClusterLeases: async (addresses) => (await import('./cluster/main.ts')).openClusterLeases(addresses),
  setUpCluster: async (addresses, replicas) => (await import('./cluster/main.ts')).setUpCluster(addresses, replicas),
  runCoordinator: async (flags, signal) => {
    const [{ runCoordinator }, { serviceLogger }] = await Promise.all([
      import('../coordinator/main.ts'),
      import('../../infra/telemetry/service-logger.ts'),
    ])
    const logger = serviceLogger('millrace-coordinator', process.env.MILLRACE_LOG_LEVEL ?? 'info')
    const directory = `${cacheDirectory(undefined, process.env)}/coordinator`
    await runCoordinator({ ...flags, directory, version, logger }, signal)
  },
  runWorker: async (flags, signal) => {
    const { runWorker } = await import('../worker/main.ts')
    const directory = flags.directory ?? `${cacheDirectory(undefined, process.env)}/worker-${flags.id}`
    const tell = (line: string) => process.stderr.write(`millrace: ${line}\n`)
    await runWorker({ ...flags, directory, version, tell }, signal)
  },
}

/** The embedded engine: everything in this process and in files of the state directory. */
async function openEngine(stateDir: string | undefined, cache: CacheChoice = {}): Promise<Engine> {
  const [log, leases, identity, processes, snapshotStore, queue, tree, toolchain] = await Promise.all([
    openLog(stateDir),
    openLeases(stateDir),
    import('../../infra/lease/lease-process.ts'),
    import('../../infra/process-table/process-table.ts'),
    import('../../infra/snapshot-store/file-snapshot-store.ts'),
    import('../../infra/task-queue/memory-task-queue.ts'),
    import('../../infra/source-tree/disk-source-tree.ts'),
    import('../../infra/toolchain/compiler-toolchain.ts'),
  ])
  const snapshots = snapshotStore.openFileSnapshotStore(`${stateDirectory(stateDir, process.env)}/snapshots`)
  const toolSnapshots =
    cache === 'off'
      ? snapshots
      : snapshotStore.openFileSnapshotStore(`${cacheDirectory(cache.directory, process.env)}/tools`)
  return {
    version,
    clock: systemClock,
    startedAt: performance.timeOrigin,
    log,
    leases,
    snapshots,
    toolSnapshots,
    identity: identity.leaseProcess(process.pid)!,
    isDescendantOf: (other) => other.host === hostname() && processes.isDescendantOf(other),
    queue: new queue.MemoryTaskQueue(),
    sourceTree: tree.diskSourceTree,
    environment: process.env,
    toolchain: toolchain.openCompilerToolchain({ snapshots: toolSnapshots }),
    ...(cache === 'off' ? {} : { cache: (notice) => openForgivingCache(cache.directory, notice) }),
    executor: shellExecutor,
    reapOrphans: async ({ guard, helpers }) => {
      const { reapOrphans } = await import('../../infra/executor/orphans.ts')
      await reapOrphans({ ...(guard ? { guard } : {}), helpers: helpers ?? [] }, { timeoutMs: 10_000 })
    },
    random: () => randomBytes(16),
    close: async () => {
      await leases.close()
      await log.close()
    },
  }
}

async function openCache(
  cacheDir: string | undefined,
  onTrouble: (line: string) => void,
  isLook = false,
): Promise<LocalCache> {
  const [{ openDiskBlobStore }, { openSqliteActionCache }] = await Promise.all([
    import('../../infra/blob-store/disk-blob-store.ts'),
    import('../../infra/action-cache/sqlite-action-cache.ts'),
  ])
  const directory = cacheDirectory(cacheDir, process.env)
  // At the beginning of time no use is later than the one on record.
  const blobs = openDiskBlobStore({ directory, onTrouble, ...(isLook ? { now: () => 0 } : {}) })
  return { blobs, actions: openSqliteActionCache({ directory, onTrouble }) }
}

/** Trouble with the cache is told once, and stops no build. */
async function openForgivingCache(
  cacheDir: string | undefined,
  notice: (line: string) => void,
): Promise<LocalCache | undefined> {
  const [{ ForgivingBlobStore }, { ForgivingActionCache }, { isCacheError }] = await Promise.all([
    import('../../infra/blob-store/forgiving-blob-store.ts'),
    import('../../infra/action-cache/forgiving-action-cache.ts'),
    import('./expected-errors.ts'),
  ])
  let isTold = false
  const giveUp = ({ message }: Error) => {
    if (!isTold) notice(`warning: ${message}; this build goes on without the cache`)
    isTold = true
  }
  try {
    const { blobs, actions } = await openCache(cacheDir, (line) => notice(`warning: ${line}`))
    return { blobs: new ForgivingBlobStore(blobs, giveUp), actions: new ForgivingActionCache(actions, giveUp) }
  } catch (error) {
    if (!isCacheError(error)) throw error
    giveUp(error)
    return undefined
  }
}

async function openLog(stateDir: string | undefined): Promise<EventLog> {
  const { openSqliteEventLog } = await import('../../infra/event-log/sqlite-event-log.ts')
  return openSqliteEventLog({ directory: stateDirectory(stateDir, process.env) })
}

async function openLeases(stateDir: string | undefined): Promise<LeaseStore> {
  const { openSqliteLeaseStore } = await import('../../infra/lease/sqlite-lease-store.ts')
  return openSqliteLeaseStore({ directory: stateDirectory(stateDir, process.env) })
}

async function shellExecutor(slots: number): Promise<LocalExecutor> {
  const { createShellExecutor } = await import('../../infra/executor/shell-executor.ts')
  const env = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return createShellExecutor({ slots, env: Object.fromEntries(env) })
}
