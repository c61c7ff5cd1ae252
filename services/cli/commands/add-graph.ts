import { type Command, Option } from 'commander'
import type { GraphFormat } from '../graph-command.ts'
import type { CommandHost } from './command-host.ts'
import { stateDirOption, wholeNumber } from './option-values.ts'

interface GraphFlags {
  readonly C?: string
  readonly f?: string
  readonly format?: GraphFormat
  readonly criticalPath?: true
  readonly coupling?: true
  readonly top?: number
  readonly affected?: readonly string[]
  readonly stateDir?: string
}

/** `millrace graph`. */
export function addGraph(root: Command, host: CommandHost): void {
  root
    .command('graph')
    .description('show the build graph, its critical path, its coupling, or what a change would rebuild')
    .argument('[targets...]', 'files or task ids: only these and all they need (default: the default targets)')
    .option('-C <dir>', 'look in this directory')
    .option('-f <file>', 'the build graph')
    .addOption(
      new Option('--format <format>', 'dot if nothing else is asked for').choices([
        'dot',
        'mermaid',
        'json',
      ] satisfies GraphFormat[]),
    )
    .option('--critical-path', 'the chain of tasks that no number of slots makes shorter, as a table')
    .option('--coupling', 'what most tasks depend on, and which tasks read most, as tables')
    .option('--top <n>', 'with --coupling: n rows of each table (default: 20; all with --format json)', wholeNumber(1))
    .option('--affected <file...>', 'the tasks that a change of these files would rebuild')
    .addOption(stateDirOption())
    .addHelpText('after', examples)
    .action(async (targets: string[], flags: GraphFlags) => {
      const { graphCommand } = await import('../graph-command.ts')
      const engine = await host.openEngine(flags.stateDir)
      try {
        await graphCommand(
          {
            directory: flags.C ?? '.',
            targets,
            isCriticalPath: flags.criticalPath ?? false,
            isCoupling: flags.coupling ?? false,
            ...(flags.f === undefined ? {} : { file: flags.f }),
            ...(flags.format === undefined ? {} : { format: flags.format }),
            ...(flags.top === undefined ? {} : { top: flags.top }),
            ...(flags.affected === undefined ? {} : { affected: flags.affected }),
          },
          { engine, stdout: process.stdout, stderr: process.stderr, currentDirectory: process.cwd() },
        )
      } finally {
        await engine.close()
      }
    })
}

const examples = `
Durations, and headers that a compiler found, are those of each task's last run. Nothing is built, locked or recorded.

In a drawing, arrows go from the task that makes a file to the one that reads it: dashed where it only has to come
first, dotted where an earlier run found that it is read. Phony tasks are round. The critical path is red; before a first
build it is the longest chain counted in tasks.

Names after --affected are relative to the current directory or to the graph's. A task whose outputs come out
unchanged stops the chain, so a build may run less than what is listed.

Examples:
  millrace graph -C build | dot -Tsvg > graph.svg     draw it with Graphviz
  millrace graph app --format mermaid                 what app needs, for a Markdown page
  millrace graph --format json | jq '.edges[].kind'   for programs: {tasks, edges, criticalPath}
  millrace graph -C build --critical-path             why more slots would not help
  millrace graph -C build --coupling --top 5          the headers that cost most when they change
  millrace graph -C build --affected include/base.h   what would run, and for how long`
