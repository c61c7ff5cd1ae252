import { Command } from 'commander'
import type { CommandHost } from './commands/command-host.ts'
import { version } from './version.ts'

/**
 * The command line: its commands, their options and what goes for all of them. Only the command that is asked for is
 * loaded; all of them for help, and for a name that none of them has.
 */
export async function program(host: CommandHost, args: readonly string[]): Promise<Command> {
  const root = new Command('millrace')
    .description('Builds what changed, remembers why, and survives the death of any process.')
    .version(version)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
    .addHelpText('after', examples)
  const load = commands[args[0] ?? '']
  for (const add of load === undefined ? await allCommands() : [await load()]) add(root, host)
  return root
}

type AddCommand = (root: Command, host: CommandHost) => void

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  build: async () => (await import('./commands/add-build.ts')).addBuild,
  builds: async () => (await import('./commands/add-builds.ts')).addBuilds,
  replay: async () => (await import('./commands/add-replay.ts')).addReplay,
  why: async () => (await import('./commands/add-why.ts')).addWhy,
  graph: async () => (await import('./commands/add-graph.ts')).addGraph,
  cache: async () => (await import('./commands/add-cache.ts')).addCache,
  clean: async () => (await import('./commands/add-clean.ts')).addClean,
  coordinator: async () => (await import('./commands/add-coordinator.ts')).addCoordinator,
  worker: async () => (await import('./commands/add-worker.ts')).addWorker,
  watch: async () => (await import('./commands/add-watch.ts')).addWatch,
  cancel: async () => (await import('./commands/add-cancel.ts')).addCancel,
  workers: async () => (await import('./commands/add-workers.ts')).addWorkers,
  queue: async () => (await import('./commands/add-workers.ts')).addQueue,
  admin: async () => (await import('./commands/add-admin.ts')).addAdmin,
  doctor: async () => (await import('./commands/add-doctor.ts')).addDoctor,
}

function allCommands(): Promise<readonly AddCommand[]> {
  return Promise.all(Object.values(commands).map((load) => load()))
}

const examples = `
Examples:
  millrace build                 build what build.ninja, millrace.json or compile_commands.json here describes
  millrace build -C out app      build the target app of the graph in out/
  millrace replay                tell what happened in the last build
  millrace replay --task app     why app ran, with what, and what it printed
  millrace why app               why app ran, came from the cache or was left alone
  millrace doctor                see whether all that is needed is there`
