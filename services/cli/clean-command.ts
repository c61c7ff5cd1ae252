import { canonicalTarget } from '../canonical-target.ts'
import { graphFilesIn } from '../coordinator/graph-files.ts'
import { readGraph } from '../coordinator/read-graph.ts'
import type { Engine } from '../embedded/engine.ts'
import { inDirectory, readTextIn } from '../in-directory.ts'
import { UserError } from '../user-error.ts'
import { existingDirectory } from './existing-directory.ts'
import { inIdleTree } from './in-idle-tree.ts'
import { madeFiles } from './made-files.ts'
import type { OutputStream } from './output-stream.ts'
import { PacedOutput } from './paced-output.ts'
import { removeMadeFile } from './remove-made-file.ts'

export interface CleanOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  /** Empty: what any task makes. */
  readonly targets: readonly string[]
  readonly isDryRun: boolean
  readonly isVerbose: boolean
  /** Files outside of the directory too. */
  readonly isOutsideToo: boolean
}

export interface CleanContext {
  readonly engine: Engine
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly signal: AbortSignal
}

/**
 * Removes what tasks make, while no build runs in the directory. Returns the exit code: 0, or 1 when a file could not be
 * removed, 130 when interrupted. Throws {@link UserError}.
 */
export async function cleanCommand(options: CleanOptions, context: CleanContext): Promise<number> {
  const directory = existingDirectory(options.directory)
  if (options.isDryRun) return removeAll({ ...options, directory }, context)
  const { engine, stderr, signal } = context
  const notice = (line: string) => stderr.write(`${line}\n`)
  return inIdleTree(directory, { engine, notice, signal }, () => removeAll({ ...options, directory }, context))
}

async function removeAll(options: CleanOptions, { stdout, stderr, signal }: CleanContext): Promise<number> {
  const { directory, isDryRun, isOutsideToo, isVerbose } = options
  const result = await readGraph(graphFilesIn(directory), options.file)
  if (!result.ok) throw new UserError(result.message)
  const targets = options.targets.map(canonicalTarget)
  const out = new PacedOutput(stdout)
  const removed: string[] = []
  const outside: string[] = []
  let hasFailed = false
  // CMake names some files by two paths.
  const made = new Map(
    madeFiles(result.read.graph, targets, readTextIn(directory)).map((path) => [inDirectory(directory, path), path]),
  )
  for (const [absolutePath, path] of made) {
    await out.room()
    if (signal.aborted) break
    const removal = removeMadeFile(absolutePath, { directory, isOutsideToo, isDryRun })
    if (removal === 'removed') {
      removed.push(path)
      if (isVerbose || isDryRun) out.line(`${isDryRun ? 'would remove' : 'removed'} ${path}`)
    } else if (removal === 'outside') outside.push(path)
    else if (removal === 'not-empty') stderr.write(`left ${path}: a directory that is not empty\n`)
    else if (typeof removal === 'object') {
      hasFailed = true
      stderr.write(`${path}: can't be removed (${removal.error})\n`)
    }
  }
  if (outside.length > 0)
    stderr.write(
      `left ${files(outside.length)} outside of ${directory}, first ${outside[0]}; --outside removes them too\n`,
    )
  out.line(`${isDryRun ? 'would remove' : 'removed'} ${files(removed.length)}`)
  await out.flushed()
  if (signal.aborted) return 130
  return hasFailed ? 1 : 0
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}
