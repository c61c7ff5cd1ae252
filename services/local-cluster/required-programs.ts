import { spawnSync } from 'node:child_process'
import { UserError } from '../user-error.ts'

/** Programs that a cluster on one machine is made of, and Debian's packages with them. */
const programs = [
  { name: 'nats-server', debianPackage: 'nats-server' },
  { name: 'redis-server', debianPackage: 'redis-server' },
  { name: 'bwrap', debianPackage: 'bubblewrap' },
] as const

/**
 * Installs the programs that are missing from Debian's packages, where this user may without being asked: as root, or by sudo
 * on a machine of a CI. Throws {@link UserError}, which says how to get them, where that can't be done.
 */
export function requirePrograms(env: NodeJS.ProcessEnv, tell: (line: string) => void): void {
  const missing = missingPrograms(env)
  if (missing.length === 0) return
  const packages = missing.map(({ debianPackage }) => debianPackage)
  const asRoot = rootPrefix(env)
  if (asRoot !== undefined && answers('apt-get', env)) {
    tell(`installing ${packages.join(', ')}`)
    const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq']
    run([...asRoot, ...quiet, 'update'], env)
    run([...asRoot, ...quiet, '-y', '--no-install-recommends', 'install', ...packages], env)
  }
  const still = missingPrograms(env)
  if (still.length === 0) return
  const names = still.map(({ name }) => name).join(', ')
  throw new UserError(
    `${names} not found; install what is missing, on Debian: sudo apt-get install ${packages.join(' ')}`,
  )
}

function missingPrograms(env: NodeJS.ProcessEnv) {
  return programs.filter(({ name }) => !answers(name, env))
}

/** What makes a command run as root without asking anybody; undefined: nothing does. */
function rootPrefix(env: NodeJS.ProcessEnv): readonly string[] | undefined {
  if (process.getuid?.() === 0) return []
  // On a machine of its own that is for tests, not on somebody's desk.
  return env.CI && spawnSync('sudo', ['-n', 'true'], { env, stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

function run([command, ...args]: readonly string[], env: NodeJS.ProcessEnv): void {
  spawnSync(command!, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function answers(command: string, env: NodeJS.ProcessEnv): boolean {
  return spawnSync(command, ['--version'], { env, stdio: 'ignore' }).error === undefined
}
