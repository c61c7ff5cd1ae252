import { type Command, Option } from 'commander'
import type { WorkerPolicy } from '../../../machines/scheduling/worker-choice.ts'
import { clusterAddresses } from '../../cluster-addresses.ts'
import { interruptible } from '../interruptible.ts'
import type { CommandHost } from './command-host.ts'
import { natsOption, redisOption } from './option-values.ts'

interface CoordinatorFlags {
  readonly nats?: string
  readonly redis?: string
  readonly workers: WorkerPolicy
}

/** `millrace coordinator`. */
export function addCoordinator(root: Command, host: CommandHost): void {
  root
    .command('coordinator')
    .description('serve a cluster: take requests for builds, and drive them; any number may run')
    .addOption(
      new Option('--workers <policy>', 'which worker gets a task')
        .choices(['locality', 'least-loaded', 'round-robin'])
        .default('locality'),
    )
    .addOption(natsOption())
    .addOption(redisOption())
    .addHelpText('after', examples)
    .action(async (flags: CoordinatorFlags) => {
      const addresses = clusterAddresses(flags, process.env)
      await interruptible((signal) => host.runCoordinator({ addresses, policy: flags.workers }, signal))
    })
}

const examples = `
Examples:
  millrace coordinator                                       NATS and Redis on this host
  millrace coordinator --nats nats://a:4222,nats://b:4222 --redis redis://c:6379
  MILLRACE_NATS_URL=nats://a:4222 MILLRACE_REDIS_URL=redis://c:6379 millrace coordinator

It writes one line of JSON for each thing of note to standard error. SIGTERM: leaves its builds to other coordinators and ends.`
