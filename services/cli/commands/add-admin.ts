import type { Command } from 'commander'
import { clusterAddresses } from '../../cluster-addresses.ts'
import type { CommandHost } from './command-host.ts'
import { natsOption, redisOption, wholeNumber } from './option-values.ts'

/** `millrace admin`. */
export function addAdmin(root: Command, host: CommandHost): void {
  const admin = root.command('admin').description('look after the servers of a cluster')
  admin
    .command('setup')
    .description('make the streams and buckets that are missing, and see that NATS and Redis do what is needed')
    .option(
      '--replicas <n>',
      'copies of each message: 1, 3 or 5 (default: as they are; 1 for new ones)',
      wholeNumber(1),
    )
    .addOption(natsOption())
    .addOption(redisOption())
    .addHelpText('after', examples)
    .action(async (flags: { readonly nats?: string; readonly redis?: string; readonly replicas?: number }) => {
      const { replicas } = flags
      const lines = await host.setUpCluster(clusterAddresses(flags, process.env), replicas)
      for (const line of lines) process.stdout.write(`${line}\n`)
    })
}

const examples = `
Coordinators do the same when they start. What is stored is never touched.

Durability: 'process': a build that was accepted survives the death of any process, the servers' too. 'power': it survives
the loss of a host or its power as well, since three servers have it.

Examples:
  millrace admin setup
  millrace admin setup --replicas 3 --nats nats://a:4222,nats://b:4222,nats://c:4222`
