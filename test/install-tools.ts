import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** What the tests compare with or run on, beyond Node and a C++ compiler: how it is told that it is there, and Debian's package. */
const tools = [
  { isThere: () => answers('ninja'), debianPackage: 'ninja-build' },
  { isThere: () => answers('cmake'), debianPackage: 'cmake' },
  { isThere: () => answers('meson'), debianPackage: 'meson' },
  { isThere: () => existsSync('/usr/src/googletest'), debianPackage: 'googletest' },
  { isThere: () => answers('nats-server'), debianPackage: 'nats-server' },
  { isThere: () => answers('redis-server'), debianPackage: 'redis-server' },
  { isThere: () => answers('bwrap'), debianPackage: 'bubblewrap' },
  { isThere: () => answers('docker-compose'), debianPackage: 'docker-compose' },
] as const

/**
 * Installs what is missing from Debian's packages, where this user may. Elsewhere it does nothing: the tests that need a
 * tool then fail and say how to get it.
 */
export function installTools(): void {
  const missing = tools.filter(({ isThere }) => !isThere()).map(({ debianPackage }) => debianPackage)
  const asRoot = rootPrefix()
  if (missing.length === 0 || asRoot === undefined || !answers('apt-get')) return
  console.log(`# installing ${missing.join(', ')}, which the tests compare with`)
  run([...asRoot, 'apt-get', 'update', '-qq'])
  run([
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    ...missing,
  ])
}

/** What makes a command run as root without asking anybody; undefined: nothing does. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return []
  // On a machine of its own that is for tests, not on somebody's desk.
  return process.env.CI && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined
}

function run([command, ...args]: readonly string[]): void {
  spawnSync(command!, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function answers(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}
