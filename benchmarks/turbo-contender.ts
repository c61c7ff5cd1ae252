import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, directoriesIn } from './contender.ts'
import { writeJson, writeWorkspaces } from './packages-tree.ts'
import { versionOf } from './tools.ts'

export const turboVersion = '2.11.11'

/**
 * turbo as it is set up for a repository of npm's workspaces: installed in it by npm, which also writes the lock file
 * that it reads, and with all sources committed, since it hashes by Git's index and leaves out what Git ignores.
 *
 * Its own program is started, not the script of Node that npm puts before it.
 */
export function turboIn(home: string, packagesCount: number): Contender {
  const directories = directoriesIn(home)
  const { tree } = directories
  const userHome = join(home, 'home')
  mkdirSync(userHome)
  writeWorkspaces(tree, packagesCount, {
    packageManager: `npm@${versionOf('npm')}`,
    devDependencies: { turbo: turboVersion },
  })
  writeJson(join(tree, 'turbo.json'), { noUpdateNotifier: true, tasks: { build: { outputs: ['dist/**'] } } })
  writeFileSync(join(tree, '.gitignore'), 'node_modules\n.turbo\ndist\n')
  // The user's settings of npm count here, since they may name another registry; its cache and its logs are kept out.
  const npmEnv = { ...process.env, npm_config_cache: join(home, 'npm-cache') }
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: tree,
    env: npmEnv,
    stdio: ['ignore', 'ignore', 2],
  })
  const env = { HOME: userHome, XDG_CONFIG_HOME: undefined, TURBO_TELEMETRY_DISABLED: '1' }
  commit(tree, { ...process.env, ...env })
  return {
    ...directories,
    argv: [programIn(tree), 'run', 'build', '--cache=local:rw'],
    env,
    memory: [join(tree, '.turbo')],
  }
}

/** npm has one package of turbo for each platform, with its program. */
function programIn(tree: string): string {
  const architecture = process.arch === 'x64' ? '64' : process.arch
  return join(tree, `node_modules/@turbo/${process.platform}-${architecture}/bin/turbo`)
}

function commit(tree: string, env: NodeJS.ProcessEnv): void {
  const author = ['-c', 'user.name=benchmark', '-c', 'user.email=benchmark@localhost']
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    [...author, 'commit', '--quiet', '--message=packages'],
  ])
    execFileSync('git', args, { cwd: tree, env, stdio: ['ignore', 'ignore', 2] })
}

/** Throws unless turbo says of its last run that everything came from its cache. */
export function checkFullTurbo({ outputPath }: Contender, packagesCount: number): void {
  const output = readFileSync(outputPath, 'utf8')
  const isFull = output.includes(` ${packagesCount} cached, ${packagesCount} total`) && output.includes('FULL TURBO')
  if (!isFull) throw new Error(`turbo ran something: ${output.slice(-1_000)}`)
}
