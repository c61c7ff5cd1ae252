import { spawnSync } from 'node:child_process'

const debianPackages: Readonly<Record<string, string>> = {
  ninja: 'ninja-build',
  cmake: 'cmake',
  meson: 'meson',
  'c++': 'g++',
  cc: 'gcc',
  'nats-server': 'nats-server',
  'redis-server': 'redis-server',
  bwrap: 'bubblewrap',
}

/** Throws an error that tells how to get the tool when a test's machine lacks it: a test never skips. */
export function requireTool(...tools: readonly string[]): void {
  for (const tool of tools)
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined)
      throw new Error(`this test needs ${tool}; install it, e.g. with: apt-get install ${debianPackages[tool] ?? tool}`)
}
