import { basename } from 'node:path'
import { systemClock } from '../../../infra/clock/clock.ts'
import { clusterAddresses } from '../../cluster-addresses.ts'
import { UserError } from '../../user-error.ts'
import type { BuildFlags } from '../commands/add-build.ts'
import type { CommandHost } from '../commands/command-host.ts'
import { existingDirectory } from '../existing-directory.ts'
import { interruptible } from '../interruptible.ts'
import { createReporter } from '../progress/create-reporter.ts'
import { buildInCluster } from './build-in-cluster.ts'

/** `millrace build --cluster`. Returns the exit code. */
export async function clusterBuildCommand(
  host: CommandHost,
  targets: readonly string[],
  flags: BuildFlags,
): Promise<number> {
  const directory = existingDirectory(flags.C ?? '.')
  const client = await host.openCluster(clusterAddresses(flags, process.env), flags.stateDir)
  try {
    const reporter = createReporter({
      stdout: process.stdout,
      stderr: process.stderr,
      isVerbose: flags.v ?? false,
      isQuiet: flags.quiet ?? false,
      json: flags.json ?? false,
      env: process.env,
      now: Date.now,
      readOutput: async ({ text, attachment }) =>
        attachment === undefined ? Buffer.from(text ?? '') : client.log.attachment(attachment),
    })
    const options = {
      directory,
      targets,
      failuresMax: flags.k,
      policy: flags.policy,
      project: flags.project ?? projectOf(directory),
      pool: flags.pool,
      priority: flags.priority,
      wanted: flags.bring,
      environment: Object.fromEntries(flags.env.map(variableOf)),
      ...(flags.f === undefined ? {} : { file: flags.f }),
      ...(flags.root === undefined ? {} : { root: flags.root }),
    }
    const startedAt = performance.timeOrigin
    return await interruptible((signal) =>
      buildInCluster(options, { client, reporter, signal, clock: systemClock, startedAt }),
    )
  } finally {
    await client.close()
  }
}

function projectOf(directory: string): string {
  return basename(directory).replaceAll(/[^\w-]/g, '-') || 'root'
}

function variableOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UserError(`--env ${text}: write name=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}
