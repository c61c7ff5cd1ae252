import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { SchedulingPolicy } from '../../events/build-events.ts'
import { systemClock } from '../../infra/clock/clock.ts'
import type { Engine } from './engine.ts'
import { stateDirectory } from './state-directory.ts'
import { version } from './version.ts'

/** Runs one command line. Sets the exit code: 0 done, 1 build failed, 2 bad input or usage, 130 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = 2
    const { isExpectedError } = await import('./expected-errors.ts')
    if (!isExpectedError(error)) throw error
    process.stderr.write(`millrace: ${error.message}\n`)
  }
}

function program(): Command {
  const root = new Command('millrace')
    .description('Builds what changed, remembers why, and survives the death of any process.')
    .version(version)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
    .addHelpText('after', rootExamples)
  addBuild(root)
  return root
}

interface BuildFlags {
  readonly C?: string
  readonly f?: string
  readonly j?: number
  readonly k: number
  readonly n?: true
  readonly v?: true
  readonly quiet?: true
  readonly json?: true
  readonly policy: SchedulingPolicy
  readonly stateDir?: string
}

function addBuild(root: Command): void {
  root
    .command('build')
    .description('build the targets, or the default ones')
    .argument('[targets...]', "files or task ids; 'foo.c^' means what is made from foo.c")
    .option('-C <dir>', 'build in this directory')
    .option('-f <file>', 'the build graph: a ninja manifest, a JSON graph or compile_commands.json')
    .option('-j <n>', 'run n commands at once (default: processors + 2, as ninja)', wholeNumber(1))
    .option('-k <n>', 'stop after n failures; 0: go on as far as possible', wholeNumber(0), 1)
    .option('-n', 'dry run: show what would run, run nothing')
    .option('-v', 'show whole commands')
    .option('--quiet', 'show only failures and the summary')
    .option('--json', 'print one JSON event a line and nothing else')
    .addOption(
      new Option('--policy <policy>', 'which ready task runs first')
        .choices(['critical-path', 'priority', 'fifo'])
        .default('critical-path'),
    )
    .addOption(stateDirOption())
    .addHelpText('after', buildExamples)
    .action(async (targets: string[], flags: BuildFlags) => {
      process.exitCode = await build(targets, flags)
    })
}

async function build(targets: readonly string[], flags: BuildFlags): Promise<number> {
  const engine = await openEngine(flags.stateDir)
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  try {
    const [{ buildCommand }, { createReporter }] = await Promise.all([
      import('./build-command.ts'),
      import('./progress/create-reporter.ts'),
    ])
    const isJson = flags.json ?? false
    const isVerbose = flags.v ?? false
    const reporter = createReporter({
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
    return await buildCommand(
      {
        directory: flags.C ?? process.cwd(),
        targets,
        jobs: flags.j ?? defaultJobs(),
        failuresMax: flags.k,
        policy: flags.policy,
        isDryRun: flags.n ?? false,
        isVerbose,
        ...(flags.f === undefined ? {} : { file: flags.f }),
      },
      { engine, reporter, print: (line) => process.stdout.write(`${line}\n`), signal: interrupt.signal },
    )
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
    await engine.close()
  }
}

/** As ninja: two more than processors, so that they have work while commands wait for the disk. */
function defaultJobs(): number {
  const processors = availableParallelism()
  return processors === 1 ? 2 : processors === 2 ? 3 : processors + 2
}

/** The embedded engine: everything in this process and in files of the state directory. */
async function openEngine(stateDir: string | undefined): Promise<Engine> {
  const directory = stateDirectory(stateDir, process.env)
  const [eventLog, leaseStore, identity, snapshots, queue, tree] = await Promise.all([
    import('../../infra/event-log/sqlite-event-log.ts'),
    import('../../infra/lease/sqlite-lease-store.ts'),
    import('../../infra/lease/process-identity.ts'),
    import('../../infra/snapshot-store/file-snapshot-store.ts'),
    import('../../infra/task-queue/memory-task-queue.ts'),
    import('../../infra/source-tree/disk-source-tree.ts'),
  ])
  const log = eventLog.openSqliteEventLog({ directory })
  const leases = leaseStore.openSqliteLeaseStore({ directory })
  return {
    version,
    clock: systemClock,
    log,
    leases,
    snapshots: snapshots.openFileSnapshotStore(`${directory}/snapshots`),
    identity: identity.processIdentity(process.pid)!,
    queue: new queue.MemoryTaskQueue(),
    sourceTree: tree.diskSourceTree,
    executor: await shellExecutors(),
    reapOrphans: async ({ guard, helpers }) => {
      const { reapOrphans } = await import('../../infra/executor/orphans.ts')
      await reapOrphans({ ...(guard ? { guard } : {}), helpers: helpers ?? [] }, { timeoutMs: 10_000 })
    },
    random: () => randomBytes(16),
    close: async () => {
      await leases.close()
      await log.close()
    },
  }
}

async function shellExecutors(): Promise<Engine['executor']> {
  const { createShellExecutor } = await import('../../infra/executor/shell-executor.ts')
  const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined)) as Record<string, string>
  return (slots) => createShellExecutor({ slots, env })
}

function stateDirOption(): Option {
  return new Option('--state-dir <dir>', 'where builds are remembered (default: $XDG_STATE_HOME/millrace)')
}

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < min) throw new InvalidArgumentError(`Expected a whole number from ${min} on.`)
    return number
  }
}

const rootExamples = `
Examples:
  millrace build                 build what build.ninja, millrace.json or compile_commands.json here describes
  millrace build -C out app      build the target app of the graph in out/`

const buildExamples = `
Examples:
  millrace build -C build                 build a tree that CMake made with -G Ninja
  millrace build -C build -j4 -k0 tests   four at once, as far as possible despite failures
  millrace build -f graph.json            build a JSON graph
  millrace build -n -v                    show the commands that would run
  millrace build --json | jq .type        for programs: one event a line

Exit codes: 0 done, 1 build failed, 2 bad input or usage, 130 interrupted.`
