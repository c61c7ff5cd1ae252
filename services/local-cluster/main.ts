import { spawnSync } from 'node:child_process'
import { leaseProcess } from '../../infra/lease/lease-process.ts'
import { LeaseStoreError } from '../../infra/lease/lease-store-error.ts'
import { openSqliteLeaseStore } from '../../infra/lease/sqlite-lease-store.ts'
import { UserError } from '../user-error.ts'
import { type ClusterFlags, defaultPorts, readFlags, usage } from './cluster-flags.ts'
import { type ClusterProcesses, clusterProcesses } from './cluster-processes.ts'
import { ClusterEnd, LocalCluster } from './local-cluster.ts'
import { isFree, portHolder } from './port-holder.ts'
import { requirePrograms } from './required-programs.ts'

// `npm run cluster`: what docker-compose.yml starts, as processes of this machine, until a signal.

/** The width of `coordinator-1`. */
const nameWidth = 13

/** Debian keeps the servers where only root looks for programs. */
const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), process.env)
  if (flags === 'help') return tell(usage)
  requirePrograms(env, tell)
  await withDirectory(flags.directory, async () => {
    await requireFree(flags)
    const processes = clusterProcesses(flags, env)
    const show = (name: string, line: string) => process.stderr.write(`${name.padEnd(nameWidth)} | ${line}\n`)
    const cluster = new LocalCluster({ processes, show, leash: leash() })
    const signalled = endingSignal()
    try {
      const started = cluster.start().then(() => 'started' as const)
      started.catch(() => {})
      if ((await Promise.race([started, signalled])) !== 'started') return
      tell(instructions(flags, processes))
      await Promise.race([signalled, cluster.failed])
    } finally {
      tell('stopping')
      await cluster.stop()
    }
  })
}

/** Does the work while no other cluster can use the directory. */
async function withDirectory(directory: string, work: () => Promise<void>): Promise<void> {
  const leases = openSqliteLeaseStore({ directory })
  const holder = { process: leaseProcess(process.pid)!, note: {} }
  try {
    const lease = await leases.acquire('cluster', holder)
    if (lease.state === 'held')
      throw new UserError(
        `a cluster runs in ${directory} already (process ${lease.by.process.pid}); stop it, or give this one another place: --dir <dir>`,
      )
    await work()
    await leases.release('cluster', holder)
  } finally {
    await leases.close()
  }
}

async function requireFree({ natsPort, redisPort }: ClusterFlags): Promise<void> {
  const ports = { '--nats-port': natsPort, '--redis-port': redisPort }
  for (const [flag, port] of Object.entries(ports)) {
    if (await isFree(port)) continue
    throw new UserError(
      `port ${port} is taken by ${portHolder(port)}; stop it, or choose another: npm run cluster -- ${flag} ${port + 1}`,
    )
  }
}

/** What makes a child die when this process is killed, where the system's tools can do that. */
function leash(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL']
  return spawnSync(words[0]!, [...words.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? words : []
}

/** Resolves at the first signal that asks this process to end; at the second it ends at once. */
function endingSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isFirst = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!isFirst) process.exit(130)
      isFirst = false
      resolve(signal)
    })
  return promise
}

function instructions(flags: ClusterFlags, { variables, coordinators, workers, slots }: ClusterProcesses): string {
  const { natsPort, redisPort, directory } = flags
  const isFoundByDefault =
    natsPort === defaultPorts.nats &&
    redisPort === defaultPorts.redis &&
    Object.keys(variables).every((name) => process.env[name] === undefined)
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return `
The cluster serves: NATS on port ${natsPort}, Redis on port ${redisPort}, ${coordinators.length} coordinators, ${workers.length} workers with ${slots} ${slots === 1 ? 'slot' : 'slots'} each.
In another terminal:
${isFoundByDefault ? '' : `\n  export ${settings.join(' ')}`}
  npx millrace build --cluster -C <directory>

What it keeps is in ${directory}. Ctrl-C stops it.
`
}

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
try {
  await main()
} catch (error) {
  const isExpected = error instanceof UserError || error instanceof LeaseStoreError
  if (!isExpected && !(error instanceof ClusterEnd)) throw error
  // A service that ends with 2 has said what its user can mend.
  process.exitCode = isExpected || (error instanceof ClusterEnd && error.how === 2) ? 2 : 1
  process.stderr.write(`millrace cluster: ${error.message}\n`)
}
