import type { BuildContext, BuildOptions } from '../embedded/build-options.ts'
import { existingDirectory } from './existing-directory.ts'

/** Builds what is asked for. Returns the exit code: 0 done, 1 failed, 130 interrupted. Throws {@link UserError}. */
export async function buildCommand(options: BuildOptions, context: BuildContext): Promise<number> {
  const inDirectory = { ...options, directory: existingDirectory(options.directory) }
  if (options.isDryRun) {
    const { dryRun } = await import('./dry-run.ts')
    return dryRun(inDirectory, context)
  }
  const { buildTree } = await import('../embedded/build-tree.ts')
  return buildTree(inDirectory, context)
}
