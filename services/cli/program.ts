import { Command } from 'commander'
import { addBuild } from './commands/add-build.ts'
import { addBuilds } from './commands/add-builds.ts'
import { addCache } from './commands/add-cache.ts'
import { addClean } from './commands/add-clean.ts'
import { addDoctor } from './commands/add-doctor.ts'
import { addGraph } from './commands/add-graph.ts'
import { addReplay } from './commands/add-replay.ts'
import { addWhy } from './commands/add-why.ts'
import type { CommandHost } from './commands/command-host.ts'
import { version } from './version.ts'

/** The command line: its commands, their options and what goes for all of them. */
export function program(host: CommandHost): Command {
  const root = new Command('millrace')
    .description('Builds what changed, remembers why, and survives the death of any process.')
    .version(version)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
    .addHelpText('after', examples)
  addBuild(root, host)
  addBuilds(root, host)
  addReplay(root, host)
  addWhy(root, host)
  addGraph(root, host)
  addCache(root, host)
  addClean(root, host)
  addDoctor(root, host)
  return root
}

const examples = `
Examples:
  millrace build                 build what build.ninja, millrace.json or compile_commands.json here describes
  millrace build -C out app      build the target app of the graph in out/
  millrace replay                tell what happened in the last build
  millrace replay --task app     why app ran, with what, and what it printed
  millrace why app               why app ran, came from the cache or was left alone
  millrace doctor                see whether all that is needed is there`
