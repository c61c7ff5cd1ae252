import type { Command } from 'commander'
import type { CommandHost } from './command-host.ts'
import { stateDirOption } from './option-values.ts'

interface CleanFlags {
  readonly C?: string
  readonly f?: string
  readonly n?: true
  readonly v?: true
  readonly outside?: true
  readonly stateDir?: string
}

/** `millrace clean`. */
export function addClean(root: Command, host: CommandHost): void {
  root
    .command('clean')
    .description('remove the files that tasks make')
    .argument('[targets...]', 'only what these and all they need are made of (default: what any task makes)')
    .option('-C <dir>', 'clean in this directory')
    .option('-f <file>', 'the build graph')
    .option('-n', 'dry run: name the files, remove nothing')
    .option('-v', 'name each file')
    .option('--outside', 'also remove files outside of the directory')
    .addOption(stateDirOption())
    .addHelpText('after', examples)
    .action(async (targets: string[], flags: CleanFlags) => {
      const { cleanCommand } = await import('../clean-command.ts')
      const engine = await host.openEngine(flags.stateDir)
      const interrupt = new AbortController()
      const onSignal = () => interrupt.abort()
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
      try {
        process.exitCode = await cleanCommand(
          {
            directory: flags.C ?? '.',
            targets,
            isDryRun: flags.n ?? false,
            isVerbose: flags.v ?? false,
            isOutsideToo: flags.outside ?? false,
            ...(flags.f === undefined ? {} : { file: flags.f }),
          },
          { engine, stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal },
        )
      } finally {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
        await engine.close()
      }
    })
}

const examples = `
What a generator makes (the build graph itself) stays, and so does every file that no task makes.

Examples:
  millrace clean -C build          remove all that was built in build/
  millrace clean -n -v             show what would be removed
  millrace clean app               remove app and what it is made from`
