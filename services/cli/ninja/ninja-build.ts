import type { BuildOptions } from '../../embedded/build-options.ts'
import type { Engine } from '../../embedded/engine.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'
import { defaultJobs } from '../default-jobs.ts'
import { interruptible } from '../interruptible.ts'
import { createReporter } from '../progress/create-reporter.ts'
import { explaining } from './explaining-reporter.ts'
import { checkManifest } from './manifest-file.ts'
import { jobsUnlimited, type NinjaOptions } from './ninja-options.ts'

export interface NinjaBuild {
  readonly options: NinjaOptions
  /** Real path. */
  readonly directory: string
  readonly openEngine: () => Promise<Engine>
}

/** Builds as `ninja` would be asked to. Returns the exit code: 0 done, 1 failed, 130 interrupted. */
export async function ninjaBuild({ options, directory, openEngine }: NinjaBuild): Promise<number> {
  const { file, jobs = defaultJobs(), failuresMax, isDryRun, verbosity } = options
  checkManifest(directory, file)
  const buildOptions: BuildOptions = {
    directory,
    file,
    targets: options.args,
    jobs: jobs === 0 ? jobsUnlimited : jobs,
    failuresMax,
    policy: 'critical-path',
    isDryRun,
    isVerbose: verbosity === 'verbose',
  }
  const engine = await openEngine()
  try {
    return await interruptible(async (signal) => {
      const print = (line: string) => process.stdout.write(`${line}\n`)
      if (isDryRun) {
        const { dryRun } = await import('../dry-run.ts')
        return dryRun(buildOptions, { engine, print, signal }, nothingToDo)
      }
      const { buildTree } = await import('../../embedded/build-tree.ts')
      return buildTree(buildOptions, { engine, reporter: reporter(options, engine), print, signal })
    })
  } finally {
    await engine.close()
  }
}

function reporter(options: NinjaOptions, engine: Engine): Reporter {
  const created = createReporter({
    stdout: process.stdout,
    stderr: process.stderr,
    isVerbose: options.verbosity === 'verbose',
    isQuiet: options.verbosity === 'quiet',
    json: false,
    env: process.env,
    now: engine.clock.now,
    readOutput: async ({ text, attachment }) =>
      attachment === undefined ? Buffer.from(text ?? '') : engine.log.attachment(attachment),
    closingLines: (end) => closingLines(end, options),
  })
  return options.isExplaining ? explaining(created) : created
}

/** Tools look for this line. */
const nothingToDo = 'ninja: no work to do.'

/** How ninja ends a build: with nothing at all when something was built. */
function closingLines({ status, counts }: BuildEnd, { failuresMax, verbosity }: NinjaOptions): readonly string[] {
  if (status === 'cancelled') return ['ninja: build stopped: interrupted by user.']
  if (status === 'failed') return [`ninja: build stopped: ${whyStopped(counts.failed, failuresMax)}.`]
  if (verbosity === 'quiet') return []
  if (counts.upToDate === counts.total) return [nothingToDo]
  // Such tasks print nothing, and ninja has no word for them.
  return counts.cached > 0 ? [`millrace: ${counts.cached} taken from the cache`] : []
}

function whyStopped(failed: number, failuresMax: number): string {
  if (failuresMax === 0 || failed < failuresMax) return 'cannot make progress due to previous errors'
  return failuresMax === 1 ? 'subcommand failed' : 'subcommands failed'
}
