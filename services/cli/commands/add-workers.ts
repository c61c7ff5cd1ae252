import type { Command } from 'commander'
import { clusterAddresses } from '../../cluster-addresses.ts'
import type { CommandHost } from './command-host.ts'
import { natsOption } from './option-values.ts'

interface ListFlags {
  readonly json?: true
  readonly nats?: string
}

/** `millrace workers`. */
export function addWorkers(root: Command, host: CommandHost): void {
  root
    .command('workers')
    .description('list the workers of a cluster')
    .option('--json', 'print one JSON object a line')
    .addOption(natsOption())
    .addHelpText('after', '\nExamples:\n  millrace workers\n  millrace workers --json | jq .platform')
    .action(async (flags: ListFlags) => {
      const { workersCommand } = await import('../cluster/workers-command.ts')
      await withCluster(host, flags, (client) => workersCommand(client, flags.json ?? false, print, Date.now()))
    })
}

/** `millrace queue`. */
export function addQueue(root: Command, host: CommandHost): void {
  root
    .command('queue')
    .description('tell which builds a cluster has, what waits in them, and why')
    .option('--json', 'print one JSON object a line')
    .addOption(natsOption())
    .addHelpText('after', '\nExamples:\n  millrace queue\n  millrace queue --json | jq .because')
    .action(async (flags: ListFlags) => {
      const { queueCommand } = await import('../cluster/queue-command.ts')
      await withCluster(host, flags, (client) => queueCommand(client, flags.json ?? false, print))
    })
}

async function withCluster(
  host: CommandHost,
  flags: ListFlags,
  work: (client: Awaited<ReturnType<CommandHost['openCluster']>>) => Promise<void>,
): Promise<void> {
  const client = await host.openCluster(clusterAddresses(flags, process.env), undefined)
  try {
    await work(client)
  } finally {
    await client.close()
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
