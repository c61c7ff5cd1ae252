import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { clusterAddresses } from '../../cluster-addresses.ts'
import { UserError } from '../../user-error.ts'
import { defaultSlots } from '../default-jobs.ts'
import { interruptible } from '../interruptible.ts'
import type { CommandHost } from './command-host.ts'
import { collect, natsOption, redisOption, wholeNumber } from './option-values.ts'

interface WorkerCommandFlags {
  readonly nats?: string
  readonly redis?: string
  readonly id?: string
  readonly pool: string
  readonly slots?: number
  readonly dir?: string
  readonly label: readonly string[]
  readonly platform?: string
  readonly sandbox: 'bubblewrap' | 'none'
  readonly diskMax: number
}

/** `millrace worker`. */
export function addWorker(root: Command, host: CommandHost): void {
  root
    .command('worker')
    .description('run tasks of a cluster on this machine')
    .option('--pool <name>', 'take tasks of this pool', 'default')
    .option('--slots <n>', 'run n tasks at once (default: processors)', wholeNumber(1))
    .option('--id <name>', 'its name, unique in the cluster (default: host and process)')
    .option('--dir <dir>', "for what it keeps on disk (default: below the user's cache)")
    .option('--label <name=value>', 'something to tell about it; may be repeated', collect, [])
    .option('--platform <name>', 'call its platform so, instead of by what is installed here')
    .addOption(
      new Option('--sandbox <kind>', 'how commands are kept apart')
        .choices(['bubblewrap', 'none'])
        .default('bubblewrap'),
    )
    .option('--disk-max <GiB>', 'contents beyond this go, the least recently used first', wholeNumber(1), 20)
    .addOption(natsOption())
    .addOption(redisOption())
    .addHelpText('after', examples)
    .action(async (flags: WorkerCommandFlags) => {
      const { pool, platform, sandbox } = flags
      const id = flags.id ?? `${hostname().replaceAll(/[^\w-]/g, '-')}-${process.pid}`
      if (!/^[\w-]{1,128}$/.test(id)) throw new UserError(`--id ${id}: use letters, digits, - and _`)
      if (!/^[\w-]{1,128}$/.test(pool)) throw new UserError(`--pool ${pool}: use letters, digits, - and _`)
      await interruptible((signal) =>
        host.runWorker(
          {
            addresses: clusterAddresses(flags, process.env),
            id,
            pool,
            slots: flags.slots ?? defaultSlots(),
            labels: Object.fromEntries(flags.label.map(labelOf)),
            sandbox,
            diskBytesMax: flags.diskMax * 1024 ** 3,
            ...(flags.dir === undefined ? {} : { directory: flags.dir }),
            ...(platform === undefined ? {} : { platform }),
          },
          signal,
        ),
      )
    })
}

function labelOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UserError(`--label ${text}: write name=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}

const examples = `
Examples:
  millrace worker                         run tasks of the pool default, one for each processor
  millrace worker --pool gpu --slots 2    two at once, of the pool gpu
  millrace worker --sandbox none          where bubblewrap does not work: commands see this whole machine

SIGTERM: it ends what it runs, takes no more, and ends.`
