import type { Command } from 'commander'
import type { CommandHost } from './command-host.ts'
import { openLeasesOf, openLogOf } from './open-log-of.ts'
import { clusterOption, natsOption, stateDirOption, wholeNumber } from './option-values.ts'

interface BuildsFlags {
  readonly C?: string
  readonly n: number
  readonly json?: true
  readonly stateDir?: string
  readonly cluster?: true
  readonly nats?: string
}

/** `millrace builds`. */
export function addBuilds(root: Command, host: CommandHost): void {
  root
    .command('builds')
    .description('list past builds, newest first')
    .option('-C <dir>', 'only builds of this directory')
    .option('-n <n>', 'at most n builds', wholeNumber(1), 20)
    .option('--json', 'print one JSON object a line')
    .addOption(stateDirOption())
    .addOption(clusterOption())
    .addOption(natsOption())
    .addHelpText('after', examples)
    .action(async (flags: BuildsFlags) => {
      const { C, n, json } = flags
      const { buildsCommand } = await import('../builds-command.ts')
      const log = await openLogOf(host, flags)
      const leases = await openLeasesOf(host, flags)
      try {
        await buildsCommand(
          { countMax: n, isJson: json ?? false, ...(C === undefined ? {} : { directory: C }) },
          { log, leases, stdout: process.stdout, now: Date.now() },
        )
      } finally {
        await leases.close()
        await log.close()
      }
    })
}

const examples = `
Status: running; crashed (its process is gone; the next build in its directory takes it over or closes it);
succeeded, failed, cancelled; damaged (its log is not what was written).

Examples:
  millrace builds                  the last 20
  millrace builds -C build -n 5    the last 5 in build/
  millrace builds --json | jq 'select(.status == "failed") | .build'`
