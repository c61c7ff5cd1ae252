import type { Command } from 'commander'
import { UserError } from '../../user-error.ts'
import type { CacheContext } from '../cache/cache-context.ts'
import { byteSize, timeSpan } from '../cache/quantity.ts'
import { cacheDirectory } from '../cache-directory.ts'
import { interruptible } from '../interruptible.ts'
import type { CommandHost } from './command-host.ts'
import { cacheDirOption, stateDirOption } from './option-values.ts'

interface CacheFlags {
  readonly cacheDir?: string
  readonly stateDir?: string
}

/** `millrace cache` and its subcommands. */
export function addCache(root: Command, host: CommandHost): void {
  const cache = root
    .command('cache')
    .description('show, limit, check, empty or fill the cache of task results')
    .addHelpText('after', examples)
  addStats(cache, host)
  addLimit(cache, host)
  addCollect(cache, host)
  addVerify(cache, host)
  addPurge(cache, host)
  addWarm(cache, host)
  addTaint(cache, host)
}

function addStats(cache: Command, host: CommandHost): void {
  cache
    .command('stats', { isDefault: true })
    .description('hits and misses by reason, size, limits (what `millrace cache` alone shows)')
    .option('--json', 'print one JSON object')
    .addOption(cacheDirOption())
    .allowExcessArguments()
    .action(async (flags: CacheFlags & { readonly json?: true }, { args }: Command) => {
      if (args.length > 0)
        throw new UserError(`there is no 'millrace cache ${args[0]}'; millrace cache --help tells more`)
      const { statsCommand } = await import('../cache/stats-command.ts')
      await statsCommand({ isJson: flags.json ?? false }, contextOf(host, flags))
    })
}

function addLimit(cache: Command, host: CommandHost): void {
  cache
    .command('limit')
    .description('show the limits, or set them for good')
    .option('--size <size>', 'beyond it the least recently used goes: 500M, 20G (K, M, G, T); 0: no limit', byteSize)
    .option('--unused <time>', 'what was not used for so long goes: 12h, 60d (s, m, h, d, w); 0: no limit', timeSpan)
    .addOption(cacheDirOption())
    .action(async (flags: CacheFlags & { readonly size?: number; readonly unused?: number }) => {
      const { limitCommand } = await import('../cache/limit-command.ts')
      const { size, unused } = flags
      await limitCommand(
        { ...(size === undefined ? {} : { bytesMax: size }), ...(unused === undefined ? {} : { unusedMsMax: unused }) },
        contextOf(host, flags),
      )
    })
}

function addCollect(cache: Command, host: CommandHost): void {
  cache
    .command('gc')
    .description('bring it within its limits now, remove incomplete results, compress what is cold')
    .addOption(cacheDirOption())
    .action(async (flags: CacheFlags) => {
      const { gcCommand } = await import('../cache/gc-command.ts')
      await gcCommand(contextOf(host, flags))
    })
}

function addVerify(cache: Command, host: CommandHost): void {
  cache
    .command('verify')
    .description('read all of it, remove and name what is damaged')
    .addOption(cacheDirOption())
    .addHelpText('after', '\nExit codes: 0 all is whole, 1 something was damaged, 2 the cache can not be used.')
    .action(async (flags: CacheFlags) => {
      const { verifyCommand } = await import('../cache/verify-command.ts')
      process.exitCode = await verifyCommand(contextOf(host, flags), process.env)
    })
}

interface PurgeFlags extends CacheFlags {
  readonly all?: true
  readonly olderThan?: number
  readonly task?: string
  readonly build?: string
  readonly dryRun?: true
}

function addPurge(cache: Command, host: CommandHost): void {
  cache
    .command('purge')
    .description('remove results, and the contents that no other result needs')
    .option('--all', 'every result')
    .option('--older-than <time>', 'those that were not used for so long: 12h, 30d', timeSpan)
    .option('--task <pattern>', "those of tasks whose id matches: '**/*.o', 'libs/*/gen.h'")
    .option('--build <build>', "those that were made in this build: its id or the beginning or end of it, 'last', '@2'")
    .option('--dry-run', 'name them, remove nothing')
    .addOption(cacheDirOption())
    .addOption(stateDirOption())
    .addHelpText('after', purgeExamples)
    .action(async (flags: PurgeFlags) => {
      const { checkPurge, purgeCommand } = await import('../cache/purge-command.ts')
      const { all, olderThan, task, build, dryRun } = flags
      const options = {
        isAll: all ?? false,
        ...(olderThan === undefined ? {} : { unusedMs: olderThan }),
        ...(task === undefined ? {} : { task }),
        ...(build === undefined ? {} : { build }),
      }
      checkPurge(options)
      const named = build === undefined ? {} : { build: await findNamedBuild(host, flags, build) }
      await purgeCommand({ ...options, ...named, isDryRun: dryRun ?? false }, contextOf(host, flags))
    })
}

function addWarm(cache: Command, host: CommandHost): void {
  cache
    .command('warm')
    .description('put into the cache what a past build made and its work tree still holds')
    .argument('[build]', "a build's id or its beginning or end; 'last'; '@2' for the one before", 'last')
    .option('-C <dir>', 'count only builds of this directory')
    .option('--root <dir>', 'the sources, as for millrace build')
    .addOption(cacheDirOption())
    .addOption(stateDirOption())
    .addHelpText('after', warmExamples)
    .action(async (build: string, flags: CacheFlags & { readonly C?: string; readonly root?: string }) => {
      const { warmCommand } = await import('../cache/warm-command.ts')
      const engine = await host.openEngine(flags.stateDir, 'off')
      try {
        const open = (onTrouble: (line: string) => void) => host.openCache(flags.cacheDir, onTrouble)
        const options = {
          build,
          ...(flags.C === undefined ? {} : { directory: flags.C }),
          ...(flags.root === undefined ? {} : { root: flags.root }),
        }
        const { stdout, stderr, env } = process
        process.exitCode = await interruptible((signal) =>
          warmCommand(options, { engine, open, stdout, stderr, env, signal }),
        )
      } finally {
        await engine.close()
      }
    })
}

function addTaint(cache: Command, host: CommandHost): void {
  cache
    .command('taint')
    .description('list what came from a build: its results, what was made from them, and who took them')
    .argument('<build>', "a build's id or its beginning or end; 'last'; '@2' for the one before")
    .option('--purge', 'remove those results')
    .option('--json', 'print one JSON object')
    .addOption(cacheDirOption())
    .addOption(stateDirOption())
    .addHelpText('after', taintExamples)
    .action(async (name: string, flags: CacheFlags & { readonly purge?: true; readonly json?: true }) => {
      const [{ namedBuild }, { taintCommand }] = await Promise.all([
        import('../cache/named-build.ts'),
        import('../cache/taint-command.ts'),
      ])
      const log = await host.openLog(flags.stateDir)
      try {
        const build = await namedBuild(log, name)
        const options = { build, isPurge: flags.purge ?? false, isJson: flags.json ?? false }
        await taintCommand(options, { ...contextOf(host, flags), log })
      } finally {
        await log.close()
      }
    })
}

async function findNamedBuild(host: CommandHost, { stateDir }: CacheFlags, name: string): Promise<string> {
  const { namedBuild } = await import('../cache/named-build.ts')
  const log = await host.openLog(stateDir)
  try {
    return await namedBuild(log, name)
  } finally {
    await log.close()
  }
}

function contextOf(host: CommandHost, { cacheDir }: CacheFlags): CacheContext {
  return {
    directory: cacheDirectory(cacheDir, process.env),
    open: (onTrouble) => host.openCache(cacheDir, onTrouble, true),
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now(),
  }
}

const examples = `
Builds keep the results of their tasks here and take them again wherever the same command meets the same contents, in
any directory. All of it can be deleted at any time, also beside a running build.

Examples:
  millrace cache                                how often it helped, and what it holds
  millrace cache limit --size 20G --unused 60d  keep at most 20 GiB, and nothing unused for 60 days
  millrace cache verify                         look for damage
  millrace cache purge --all                    empty it
  millrace cache warm                           fill it from what the last build made
  millrace cache taint last --purge             take back what the last build gave it`

const purgeExamples = `
Of several options all must hold. Patterns are those of Node's path.matchesGlob: '*' stops at '/', '**' does not.

Examples:
  millrace cache purge --older-than 30d
  millrace cache purge --task '**/*.moc.o' --older-than 7d
  millrace cache purge --build last --dry-run`

const warmExamples = `
For a new cache, or after --no-cache or purge. Nothing runs; what changed since that build is left out and counted.

Examples:
  millrace cache warm                  from the last build
  millrace cache warm -C build         from the last build in build/`

const taintExamples = `
When a build's results are not to be trusted (a broken compiler, a bad disk): what it gave to the cache, what other builds
made from that, and in which directories it was taken from the cache. A build there after --purge does not make it again
by itself: clean it, or delete the files.

Examples:
  millrace cache taint 01ks            what came from it
  millrace cache taint 01ks --purge    and remove it from the cache
  millrace cache taint last --json | jq -r '.builds[].directory'`
