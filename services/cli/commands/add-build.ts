import { type Command, Option } from 'commander'
import type { SchedulingPolicy } from '../../../events/build-events.ts'
import type { Engine } from '../../embedded/engine.ts'
import type { WantedOutputs } from '../cluster/bring-back.ts'
import { defaultJobs } from '../default-jobs.ts'
import { interruptible } from '../interruptible.ts'
import type { CommandHost } from './command-host.ts'
import { cacheDirOption, collect, natsOption, redisOption, stateDirOption, wholeNumber } from './option-values.ts'

/** What comes behind `millrace build`. */
export interface BuildFlags {
  readonly C?: string
  readonly f?: string
  readonly j?: number
  readonly k: number
  readonly n?: true
  readonly v?: true
  readonly explain?: true
  readonly quiet?: true
  readonly json?: true
  readonly policy: SchedulingPolicy
  /** `--no-cache`: false. */
  readonly cache: boolean
  readonly cacheDir?: string
  readonly root?: string
  readonly stateDir?: string
  readonly cluster?: true
  readonly nats?: string
  readonly redis?: string
  readonly project?: string
  readonly pool: string
  readonly priority: number
  readonly bring: WantedOutputs
  readonly env: readonly string[]
}

/** `millrace build`. */
export function addBuild(root: Command, host: CommandHost): void {
  root
    .command('build')
    .description('build the targets, or the default ones')
    .argument('[targets...]', "files or task ids; 'foo.c^' means what is made from foo.c")
    .option('-C <dir>', 'build in this directory')
    .option('-f <file>', 'the build graph: a ninja manifest, a JSON graph or compile_commands.json')
    .option('-j <n>', 'run n commands at once (default: processors + 2, as ninja)', wholeNumber(1))
    .option('-k <n>', 'stop after n failures; 0: go on as far as possible', wholeNumber(0), 1)
    .addOption(new Option('-n', 'dry run: show what would run, run nothing').conflicts('json'))
    .option('-v', 'show whole commands')
    .addOption(new Option('--explain', 'tell why each task runs or comes from the cache').conflicts('json'))
    .option('--quiet', 'show only failures and the summary')
    .option('--json', 'print one JSON event a line and nothing else')
    .addOption(
      new Option('--policy <policy>', 'which ready task runs first')
        .choices(['critical-path', 'priority', 'fifo'])
        .default('critical-path'),
    )
    .option('--no-cache', 'take nothing from the cache and keep nothing')
    .addOption(cacheDirOption())
    .option(
      '--root <dir>',
      'the sources, where CMake, Meson or Git do not tell; checkouts share results by paths below it',
    )
    .addOption(stateDirOption())
    .addOption(new Option('--cluster', 'build on the workers of a cluster').conflicts(['j', 'n', 'cache', 'cacheDir']))
    .addOption(natsOption())
    .addOption(redisOption())
    .option('--project <name>', "with --cluster: whose build it is (default: the directory's name)")
    .option('--pool <name>', 'with --cluster: run tasks on workers of this pool', 'default')
    .option('--priority <n>', 'with --cluster: builds with higher numbers come first', wholeNumber(0), 0)
    .addOption(
      new Option('--bring <outputs>', 'with --cluster: which outputs to bring back')
        .choices(['all', 'targets', 'none'])
        .default('all'),
    )
    .option('--env <name=value>', 'with --cluster: a variable for commands; may be repeated', collect, [])
    .addHelpText('after', examples)
    .action(async (targets: string[], flags: BuildFlags) => {
      process.exitCode = await build(host, targets, flags)
    })
}

async function build(host: CommandHost, targets: readonly string[], flags: BuildFlags): Promise<number> {
  if (flags.cluster) {
    const { clusterBuildCommand } = await import('../cluster/cluster-build-command.ts')
    return clusterBuildCommand(host, targets, flags)
  }
  const isJson = flags.json ?? false
  const engine = await openEngine(host, flags, isJson)
  const print = (line: string) => process.stdout.write(`${line}\n`)
  // In the words of make and ninja, from which editors learn where the paths in compilers' messages begin.
  if (flags.C !== undefined && !isJson && !flags.quiet) print(`millrace: Entering directory '${flags.C}'`)
  try {
    const [{ buildCommand }, { createReporter }, { explaining, explainWithCache }] = await Promise.all([
      import('../build-command.ts'),
      import('../progress/create-reporter.ts'),
      import('../progress/explaining-reporter.ts'),
    ])
    const isVerbose = flags.v ?? false
    const created = createReporter({
      stdout: process.stdout,
      stderr: process.stderr,
      isVerbose,
      isQuiet: flags.quiet ?? false,
      json: isJson,
      env: process.env,
      now: engine.clock.now,
      readOutput: async ({ text, attachment }) =>
        attachment === undefined ? Buffer.from(text ?? '') : engine.log.attachment(attachment),
    })
    const reporter = flags.explain ? explaining(created, explainWithCache(engine.clock.now)) : created
    const options = {
      directory: flags.C ?? '.',
      targets,
      jobs: flags.j ?? defaultJobs(),
      failuresMax: flags.k,
      policy: flags.policy,
      isDryRun: flags.n ?? false,
      isVerbose,
      isExplaining: flags.explain ?? false,
      ...(flags.f === undefined ? {} : { file: flags.f }),
      ...(flags.root === undefined ? {} : { root: flags.root }),
    }
    return await interruptible((signal) => buildCommand(options, { engine, reporter, print, signal }))
  } finally {
    await engine.close()
  }
}

/** With `--json`, standard output is for events alone, and console tasks don't get it. */
async function openEngine(host: CommandHost, flags: BuildFlags, isJson: boolean): Promise<Engine> {
  const { stateDir, cache, cacheDir } = flags
  const engine = await host.openEngine(
    stateDir,
    cache ? (cacheDir === undefined ? {} : { directory: cacheDir }) : 'off',
  )
  if (!isJson) return engine
  const { capturedConsole } = await import('../captured-console.ts')
  return { ...engine, executor: async (slots) => capturedConsole(await engine.executor(slots)) }
}

const examples = `
Examples:
  millrace build -C build                 build a tree that CMake made with -G Ninja
  millrace build -C build -j4 -k0 tests   four at once, as far as possible despite failures
  millrace build -f graph.json            build a JSON graph
  millrace build -n -v                    show the commands that would run
  millrace build --explain                tell why each task runs, and what the cache had
  millrace build --cluster -C build       build on the workers of a cluster, and bring back what they made
  millrace build --json | jq .type        for programs: one event a line

Exit codes: 0 done, 1 build failed, 2 bad input or usage, 130 interrupted.`
