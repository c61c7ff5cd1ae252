import { type Command, Option } from 'commander'
import { clusterAddresses } from '../../cluster-addresses.ts'
import { interruptible } from '../interruptible.ts'
import type { CommandHost } from './command-host.ts'
import { natsOption } from './option-values.ts'

interface WatchFlags {
  readonly logs?: true
  readonly v?: true
  readonly json?: true
  readonly nats?: string
}

/** `millrace watch`. */
export function addWatch(root: Command, host: CommandHost): void {
  root
    .command('watch')
    .description('follow a build of a cluster, from its beginning to its end')
    .argument('[build]', "a build's id or its beginning or end; 'last'; '@2' for the one before", 'last')
    .addOption(new Option('--logs', 'also what running tasks print, as they print it').conflicts('json'))
    .option('-v', 'show whole commands')
    .option('--json', 'print one JSON event a line and nothing else')
    .addOption(natsOption())
    .addHelpText('after', examples)
    .action(async (build: string, flags: WatchFlags) => {
      const { watchCommand } = await import('../cluster/watch-command.ts')
      const client = await host.openCluster(clusterAddresses(flags, process.env), undefined)
      try {
        const options = {
          build,
          isVerbose: flags.v ?? false,
          isJson: flags.json ?? false,
          withLogs: flags.logs ?? false,
        }
        process.exitCode = await interruptible((signal) =>
          watchCommand(options, { client, stdout: process.stdout, stderr: process.stderr, env: process.env, signal }),
        )
      } finally {
        await client.close()
      }
    })
}

const examples = `
Examples:
  millrace watch                  the newest build
  millrace watch 8f3k --logs      and what its tasks print, line by line with the task before it
  millrace watch --json | jq .type

Exit codes: as of millrace build. Ending it does not end the build (millrace cancel does).`
