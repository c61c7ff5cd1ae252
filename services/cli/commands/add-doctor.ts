import type { Command } from 'commander'
import { cacheDirectory } from '../cache-directory.ts'
import { stateDirectory } from '../state-directory.ts'
import type { CommandHost } from './command-host.ts'
import { cacheDirOption, stateDirOption } from './option-values.ts'

interface DoctorFlags {
  readonly json?: true
  readonly cacheDir?: string
  readonly stateDir?: string
}

/** `millrace doctor`. */
export function addDoctor(root: Command, host: CommandHost): void {
  root
    .command('doctor')
    .description('look at what is needed here, what is missing and how to mend it')
    .option('--json', 'print one JSON object a line')
    .addOption(cacheDirOption())
    .addOption(stateDirOption())
    .addHelpText('after', examples)
    .action(async ({ json, cacheDir, stateDir }: DoctorFlags) => {
      const { doctorCommand } = await import('../doctor-command.ts')
      process.exitCode = await doctorCommand(
        { isJson: json ?? false },
        {
          stateDirectory: stateDirectory(stateDir, process.env),
          openLog: () => host.openLog(stateDir),
          openLeases: () => host.openLeases(stateDir),
          cacheDirectory: () => cacheDirectory(cacheDir, process.env),
          openCache: (onTrouble) => host.openCache(cacheDir, onTrouble, true),
          env: process.env,
          stdout: process.stdout,
        },
      )
    })
}

const examples = `
ok: as it should be. warn: works, but something is optional or about to run short. missing: builds can't work.

Examples:
  millrace doctor
  millrace doctor --json | jq 'select(.status != "ok")'

Exit codes: 0 nothing required is missing, 2 something is.`
