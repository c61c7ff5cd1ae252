import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Command } from 'commander'
import { systemClock } from '../../infra/clock/clock.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../infra/lease/lease-store.ts'
import type { Engine, LocalExecutor } from '../embedded/engine.ts'
import { addBuild } from './commands/add-build.ts'
import { addBuilds } from './commands/add-builds.ts'
import { addClean } from './commands/add-clean.ts'
import { addDoctor } from './commands/add-doctor.ts'
import { addReplay } from './commands/add-replay.ts'
import type { CommandHost } from './commands/command-host.ts'
import { stateDirectory } from './state-directory.ts'
import { version } from './version.ts'

/** Runs one command line. Sets the exit code: 0 done, 1 build failed, 2 bad input or usage, 130 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has left, or a full disk, is dealt with where it matters. It is no reason to stop a build.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = 2
    const { exitCodeOf, isExpectedError } = await import('./expected-errors.ts')
    if (!isExpectedError(error)) throw error
    process.exitCode = exitCodeOf(error)
    process.stderr.write(`millrace: ${error.message}\n`)
  }
}

function program(): Command {
  const root = new Command('millrace')
    .description('Builds what changed, remembers why, and survives the death of any process.')
    .version(version)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
    .addHelpText('after', examples)
  const host: CommandHost = { openEngine, openLog, openLeases }
  addBuild(root, host)
  addBuilds(root, host)
  addReplay(root, host)
  addClean(root, host)
  addDoctor(root, host)
  return root
}

/** The embedded engine: everything in this process and in files of the state directory. */
async function openEngine(stateDir: string | undefined): Promise<Engine> {
  const [log, leases, identity, processes, snapshots, queue, tree] = await Promise.all([
    openLog(stateDir),
    openLeases(stateDir),
    import('../../infra/lease/lease-process.ts'),
    import('../../infra/process-table/process-table.ts'),
    import('../../infra/snapshot-store/file-snapshot-store.ts'),
    import('../../infra/task-queue/memory-task-queue.ts'),
    import('../../infra/source-tree/disk-source-tree.ts'),
  ])
  return {
    version,
    clock: systemClock,
    startedAt: performance.timeOrigin,
    log,
    leases,
    snapshots: snapshots.openFileSnapshotStore(`${stateDirectory(stateDir, process.env)}/snapshots`),
    identity: identity.leaseProcess(process.pid)!,
    isDescendantOf: (other) => other.host === hostname() && processes.isDescendantOf(other),
    queue: new queue.MemoryTaskQueue(),
    sourceTree: tree.diskSourceTree,
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

const examples = `
Examples:
  millrace build                 build what build.ninja, millrace.json or compile_commands.json here describes
  millrace build -C out app      build the target app of the graph in out/
  millrace replay                tell what happened in the last build
  millrace replay --task app     why app ran, with what, and what it printed
  millrace doctor                see whether all that is needed is there`
