import type { Command } from 'commander'
import type { CommandHost } from './command-host.ts'
import { openLogOf } from './open-log-of.ts'
import { clusterOption, natsOption, stateDirOption } from './option-values.ts'

interface WhyFlags {
  readonly C?: string
  readonly build?: string
  readonly json?: true
  readonly stateDir?: string
  readonly cluster?: true
  readonly nats?: string
}

/** `millrace why`. */
export function addWhy(root: Command, host: CommandHost): void {
  root
    .command('why')
    .description('tell why a task ran, came from the cache or was left alone, from the event log alone')
    .argument('<task>', 'a file that it makes, or its id')
    .option('-C <dir>', 'look only at builds of this directory')
    .option(
      '--build <build>',
      "in this build: its id or that one's beginning or end; 'last'; '@2' (default: the last that wanted it)",
    )
    .option('--json', 'print one JSON object')
    .addOption(stateDirOption())
    .addOption(clusterOption())
    .addOption(natsOption())
    .addHelpText('after', examples)
    .action(async (task: string, flags: WhyFlags) => {
      const { C, build, json } = flags
      const { whyCommand } = await import('../why-command.ts')
      const log = await openLogOf(host, flags)
      try {
        await whyCommand(
          {
            name: task,
            isJson: json ?? false,
            ...(C === undefined ? {} : { directory: C }),
            ...(build === undefined ? {} : { build }),
          },
          { log, stdout: process.stdout, stderr: process.stderr, env: process.env, now: Date.now() },
        )
      } finally {
        await log.close()
      }
    })
}

const examples = `
reason: what differs from the last result in the directory; below it which task changed that file, and why, up to the
root cause. also: what differs beside. cache: which run made what was taken, or why nothing was, and in what the nearest
run on record, of any directory, differs. Digests are shortened.

--json: {task, build, directory, requestedAt, verdict, at, worker, runMs, failure, reason, causes, last, lastFailed,
cache, kept, notKept, made, groups, failedNeeds}; what does not apply is left out. verdict: up-to-date, cached, ran,
failed, skipped, cancelled, unfinished, unwanted or phony. Times are in ms since 1970.

Examples:
  millrace why app                               why app was built in the last build that wanted it
  millrace why -C build libw.a --build @2        in the last but one in build/
  millrace why main.o --json | jq .cache.nearest which earlier run came nearest, and how it differs`
