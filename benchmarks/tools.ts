import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { UserError } from './user-error.ts'

export const googletest = '/usr/src/googletest'

/** What contenders are or need: how it is told that it is there, and Debian's package. */
const tools = {
  ninja: { isThere: () => answers('ninja'), debianPackage: 'ninja-build' },
  ccache: { isThere: () => answers('ccache'), debianPackage: 'ccache' },
  cmake: { isThere: () => answers('cmake'), debianPackage: 'cmake' },
  'g++': { isThere: () => answers('g++'), debianPackage: 'g++' },
  googletest: { isThere: () => existsSync(googletest), debianPackage: 'googletest' },
  git: { isThere: () => answers('git'), debianPackage: 'git' },
  'nats-server': { isThere: () => answers('nats-server'), debianPackage: 'nats-server' },
  'redis-server': { isThere: () => answers('redis-server'), debianPackage: 'redis-server' },
  bwrap: { isThere: () => answers('bwrap'), debianPackage: 'bubblewrap' },
  npm: { isThere: () => answers('npm'), debianPackage: 'npm' },
} as const

export type Tool = keyof typeof tools

/** Throws {@link UserError} unless all of them are there. */
export function requireTools(needed: readonly Tool[]): void {
  const missing = needed.filter((tool) => !tools[tool].isThere())
  if (missing.length === 0) return
  const packages = missing.map((tool) => tools[tool].debianPackage)
  throw new UserError(`not here: ${missing.join(', ')}; on Debian: apt-get install ${packages.join(' ')}`)
}

/** The first number with dots that it prints. */
export function versionOf(command: string): string {
  const output = execFileSync(command, ['--version'], { encoding: 'utf8' })
  return /\d+(?:\.\d+)+/.exec(output)?.[0] ?? 'of unknown version'
}

function answers(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}
