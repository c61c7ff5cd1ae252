import { userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UserError } from '../user-error.ts'

export interface ClusterFlags {
  readonly natsPort: number
  readonly redisPort: number
  /** For all that the cluster keeps. */
  readonly directory: string
}

/** Those that servers have by themselves, and command lines ask. */
export const defaultPorts = { nats: 4222, redis: 6379 } as const

export const usage = `npm run cluster -- [options]

Starts NATS, Redis, two coordinators and three workers on this machine; Ctrl-C stops them.

  --nats-port <port>   default: ${defaultPorts.nats}
  --redis-port <port>  default: ${defaultPorts.redis}
  --dir <dir>          for what they keep; default: $XDG_STATE_HOME/millrace/cluster
  --help`

/** `help`: that is all that is asked for. Throws {@link UserError}. */
export function readFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ClusterFlags | 'help' {
  const values = parsed(args)
  if (values.help === true) return 'help'
  return Object.freeze({
    natsPort: portOf('--nats-port', values['nats-port'], defaultPorts.nats),
    redisPort: portOf('--redis-port', values['redis-port'], defaultPorts.redis),
    directory: values.dir === undefined ? join(stateHome(env), 'millrace', 'cluster') : resolve(values.dir),
  })
}

function parsed(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    const options = { 'nats-port': text, 'redis-port': text, dir: text, help: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UserError(`${(error as Error).message.split('\n', 1)[0]!.replace(/\.$/, '')}\n\n${usage}`)
  }
}

function portOf(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new UserError(`${flag} ${text}: give a port, 1 to 65535`)
}

/** As the command line takes it: a relative path does not count. */
function stateHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env.XDG_STATE_HOME !== undefined && isAbsolute(env.XDG_STATE_HOME)) return env.XDG_STATE_HOME
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : userInfo().homedir
  return join(home, '.local', 'state')
}
