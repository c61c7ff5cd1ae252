import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { ClusterFlags } from './cluster-flags.ts'
import type { ProcessPlan } from './kept-process.ts'

const coordinators = 2
const workers = 3

const configuration = join(import.meta.dirname, '../../infra/deploy')
const launcher = join(import.meta.dirname, '../cli/millrace.cjs')

/** What a cluster is made of, in the order in which it is started; the reverse is that in which it is stopped. */
export interface ClusterProcesses {
  readonly nats: ProcessPlan
  readonly redis: ProcessPlan
  readonly coordinators: readonly ProcessPlan[]
  readonly workers: readonly ProcessPlan[]
  /** Of each worker. */
  readonly slots: number
  /** What makes a command line speak with this cluster. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * The processes of docker-compose.yml with the same configuration, on the loopback interface.
 *
 * @param env for all of them
 */
export function clusterProcesses(flags: ClusterFlags, env: NodeJS.ProcessEnv): ClusterProcesses {
  const { directory, natsPort, redisPort } = flags
  const variables = {
    MILLRACE_NATS_URL: `nats://127.0.0.1:${natsPort}`,
    MILLRACE_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  }
  // All workers share the processors of one host.
  const slots = Math.max(1, Math.round(availableParallelism() / workers))
  const millrace = (name: string, args: readonly string[]) => ({
    name,
    argv: [process.execPath, '--max-semi-space-size=16', launcher, ...args],
    directory: join(directory, name),
    env: { ...env, ...variables, XDG_CACHE_HOME: join(directory, name) },
    stopMsMax: 10_000,
  })
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i + 1}`)
  return {
    variables,
    slots,
    nats: {
      name: 'nats',
      argv: ['nats-server', '-c', natsConfiguration(env), '-a', '127.0.0.1', '-p', `${natsPort}`, '-sd', '.'],
      directory: join(directory, 'nats'),
      env,
      ready: { port: natsPort, ask: '', answer: 'INFO ' },
      // The rest is its banner, and who came and went.
      isWorthShowing: (line) => /\[(?:WRN|ERR|FTL)\]|^nats-server:/.test(line),
      stopMsMax: 5_000,
    },
    redis: {
      name: 'redis',
      argv: ['redis-server', join(configuration, 'redis.conf'), ...redisFlags(redisPort)],
      directory: join(directory, 'redis'),
      env,
      ready: { port: redisPort, ask: 'PING\r\n', answer: '+PONG' },
      stopMsMax: 5_000,
    },
    coordinators: numbered('coordinator', coordinators).map((name) => ({
      ...millrace(name, ['coordinator']),
      ready: { says: 'coordinator serves' },
    })),
    workers: numbered('worker', workers).map((name) => ({
      ...millrace(name, ['worker', '--id', name, '--dir', join(directory, name), '--slots', String(slots)]),
      ready: { says: 'takes tasks of pool' },
    })),
  }
}

function redisFlags(port: number): readonly string[] {
  return ['--bind', '127.0.0.1', '--port', String(port), '--dir', '.']
}

/** The configuration of docker-compose.yml; a server that does not know one of its settings, as 2.9 does not, gets the rest. */
function natsConfiguration(env: NodeJS.ProcessEnv): string {
  const best = join(configuration, 'nats-synced.conf')
  const isKnown = spawnSync('nats-server', ['-t', '-c', best], { env, stdio: 'ignore' }).status === 0
  return isKnown ? best : join(configuration, 'nats.conf')
}
