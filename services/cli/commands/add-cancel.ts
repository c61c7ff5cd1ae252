import type { Command } from 'commander'
import { clusterAddresses } from '../../cluster-addresses.ts'
import type { CommandHost } from './command-host.ts'
import { natsOption } from './option-values.ts'

/** `millrace cancel`. */
export function addCancel(root: Command, host: CommandHost): void {
  root
    .command('cancel')
    .description('cancel a build of a cluster: that is recorded first, then what runs is killed')
    .argument('<build>', "a build's id or its beginning or end; 'last'")
    .addOption(natsOption())
    .addHelpText('after', '\nExamples:\n  millrace cancel last\n  millrace cancel 8f3k')
    .action(async (build: string, flags: { readonly nats?: string }) => {
      const { cancelCommand } = await import('../cluster/cancel-command.ts')
      const client = await host.openCluster(clusterAddresses(flags, process.env), undefined)
      try {
        await cancelCommand(build, client, (line) => process.stdout.write(`${line}\n`))
      } finally {
        await client.close()
      }
    })
}
