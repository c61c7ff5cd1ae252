import { type Command, Option } from 'commander'
import type { TraceForm } from '../replay-command.ts'
import type { CommandHost } from './command-host.ts'
import { openLogOf } from './open-log-of.ts'
import { clusterOption, natsOption, stateDirOption } from './option-values.ts'

interface ReplayFlags {
  readonly C?: string
  readonly task?: string
  readonly at?: string
  readonly diff?: string
  readonly step?: true
  readonly output?: true
  readonly verify?: true
  readonly export?: TraceForm
  readonly json?: true
  readonly v?: true
  readonly stateDir?: string
  readonly cluster?: true
  readonly nats?: string
}

/** `millrace replay`. */
export function addReplay(root: Command, host: CommandHost): void {
  root
    .command('replay')
    .description('tell what happened in a past build, from its event log alone')
    .argument('[build]', "a build's id or its beginning or end; 'last'; '@2' for the one before", 'last')
    .option('-C <dir>', 'count only builds of this directory')
    .option('--task <task>', 'only this task (its id or a file it makes), with its reason, files and phases')
    .option('--at <when>', 'the state then: a commit number, +2.5s after the request, or an ISO time')
    .option('--diff <build>', 'what differs from that other build to this one')
    .option('--step', 'go through it commit by commit on the terminal')
    .option('--output', 'what tasks printed (with --task: that one only)')
    .option('--verify', 'check every byte of it, and that it leads to the recorded end')
    .addOption(
      new Option('--export <form>', 'its trace, as JSON: for a collector, or to be drawn').choices([
        'otlp',
        'chrome-trace',
      ]),
    )
    .option('-v', 'show recorded file versions too (with --diff: all that differs)')
    .option('--json', 'print one JSON event a line (with --at, --diff: one object)')
    .addOption(stateDirOption())
    .addOption(clusterOption())
    .addOption(natsOption())
    .addHelpText('after', examples)
    .action(async (build: string, flags: ReplayFlags) => {
      const { replayCommand } = await import('../replay-command.ts')
      const log = await openLogOf(host, flags)
      try {
        await replayCommand(
          {
            build,
            isStep: flags.step ?? false,
            isOutput: flags.output ?? false,
            isVerify: flags.verify ?? false,
            isVerbose: flags.v ?? false,
            isJson: flags.json ?? false,
            ...(flags.C === undefined ? {} : { directory: flags.C }),
            ...(flags.task === undefined ? {} : { task: flags.task }),
            ...(flags.at === undefined ? {} : { at: flags.at }),
            ...(flags.diff === undefined ? {} : { diff: flags.diff }),
            ...(flags.export === undefined ? {} : { export: flags.export }),
          },
          {
            log,
            stdin: process.stdin,
            stdout: process.stdout,
            notice: (line) => process.stderr.write(`${line}\n`),
            env: process.env,
          },
        )
      } finally {
        await log.close()
      }
    })
}

const examples = `
--diff holds targets and options, graphs, tools and variables, sources, ends of tasks and outputs against each other; paths
of two checkouts count as equal below their roots. With --json: {builds, request, graph, surroundings, sources, ends,
unequalOutputs, durations}, in which was is of the other build and is of this one.

Examples:
  millrace replay                           the timeline of the last build
  millrace replay @2 -C build               of the last but one in build/
  millrace replay 8f3k --task app           why app ran, with what, for how long, and what it printed
  millrace replay --at +2.5s                what ran, was ready and waited 2.5 s after the request
  millrace replay --diff @2                 what differs from the last build but one to the last
  millrace replay --diff 8f3k 9a2m          from one build to another
  millrace replay --step                    forward and back on the terminal
  millrace replay --output                  what the tasks printed
  millrace replay --export chrome-trace > t.json    to be opened in ui.perfetto.dev or chrome://tracing
  millrace replay --export otlp | curl -H content-type:application/json --data-binary @- http://localhost:4318/v1/traces
  millrace replay --verify                  check the log of the build
  millrace replay --json | jq .type         for programs: one event a line`
