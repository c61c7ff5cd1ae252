import { readFileSync, rmSync } from 'node:fs'
import type { FileVersion } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { RunOutcome } from '../../infra/executor/executor.ts'
import { lookAtAll, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import { parseDepfile } from '../../machines/graph/depfile.ts'
import { canonicalize } from '../../machines/graph/ninja/canonical-path.ts'
import { parseShowIncludes } from '../../machines/graph/show-includes.ts'
import { directoryMade } from '../../machines/keys/run-reason.ts'
import type { Locate } from './locate.ts'

export type CollectedResult =
  | {
      readonly ok: true
      readonly outputs: readonly FileVersion[]
      readonly discovered: readonly FileVersion[]
      /** What the command printed, without lines that only list what it read. */
      readonly output: Uint8Array
    }
  | { readonly ok: false; readonly failure: Failure }

export interface CollectingContext {
  readonly tree: SourceTree
  /** When the attempt began, in ms since 1970. */
  readonly startedAt: number
  readonly locate: Locate
  /** False for files that are not the build's own: that they were read is left out. */
  readonly sees?: (path: string) => boolean
}

/** Digests what a command that ended well has made and read. */
export async function collectResult(
  order: TaskOrder,
  outcome: RunOutcome,
  { tree, startedAt, locate, sees = () => true }: CollectingContext,
): Promise<CollectedResult> {
  const looked = lookAtAll(tree, order.outputs)
  if (looked !== undefined) await looked
  const outputs = order.outputs.map(
    (path): FileVersion => [path, tree.isDirectory(path) ? directoryMade : tree.digest(path)],
  )
  const missing = outputs.find(([, digest]) => digest === null)
  if (missing !== undefined && !order.outputsOptional)
    return invalid(`the command succeeded but did not make its output ${missing[0]}`)

  const read = readDependencies(order, outcome, locate)
  if (!read.ok) return invalid(read.message)
  if (read.paths === 'unknown') {
    // A version that never is: the task runs again, until a depfile tells what it reads.
    return { ok: true, outputs, discovered: [[order.depfile!, null]], output: read.output }
  }
  const discovered = await digestDiscovered(read.paths.filter(sees), order, tree, startedAt)
  return { ok: true, outputs, discovered, output: read.output }
}

/** Digest `null` for a file that changed after the command began: which content it read is not known. */
async function digestDiscovered(
  paths: readonly string[],
  order: TaskOrder,
  tree: SourceTree,
  startedAt: number,
): Promise<readonly FileVersion[]> {
  if (paths.length === 0) return []
  const outputs = new Set(order.outputs)
  const read = [...new Set(paths)].filter((path) => !outputs.has(path))
  const looked = lookAtAll(tree, read)
  if (looked !== undefined) await looked
  // Both are cut to whole ms: a file made right before the command began is not taken for one that changed since.
  const hasChanged = (path: string) => Math.floor(tree.changedAt(path) ?? 0) > startedAt
  return read.map((path): FileVersion => [path, hasChanged(path) ? null : tree.digest(path)])
}

/** What a command printed, for people: without lines that only list what it read. */
export function readableOutput(order: TaskOrder, { output }: RunOutcome): Uint8Array {
  if (order.deps !== 'msvc') return output
  return Buffer.from(parseShowIncludes(Buffer.from(output).toString(), order.depsPrefix).output)
}

type Dependencies =
  | { readonly ok: true; readonly paths: readonly string[] | 'unknown'; readonly output: Uint8Array }
  | { readonly ok: false; readonly message: string }

function readDependencies(order: TaskOrder, { output }: RunOutcome, locate: Locate): Dependencies {
  if (order.deps === 'msvc') {
    const includes = parseShowIncludes(Buffer.from(output).toString(), order.depsPrefix)
    return { ok: true, paths: relativePaths(includes.inputs, order), output: Buffer.from(includes.output) }
  }
  if (order.depfile === undefined) return { ok: true, paths: [], output }
  const path = locate(order.depfile)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') return { ok: false, message: `${order.depfile}: the depfile can't be read (${code})` }
    text = ''
  }
  const depfile = parseDepfile(text)
  if (!depfile.ok) return { ok: false, message: `${order.depfile}: ${depfile.message}` }
  if (order.deps === 'gcc') rmSync(path, { force: true })
  else if (order.outputsOptional) {
    // Ninja's checks, which it makes only where it keeps the depfile itself in place of a record of its own.
    const targets = relativePaths(depfile.outputs, order)
    if (targets[0] !== order.outputs[0]) return { ok: true, paths: 'unknown', output }
    const stray = targets.find((target) => !order.outputs.includes(target))
    if (stray !== undefined)
      return { ok: false, message: `${order.depfile}: speaks of '${stray}', which is no output of this task` }
  }
  return { ok: true, paths: relativePaths(depfile.inputs, order), output }
}

/** Paths as the build graph writes them: relative to its directory, also where the command ran in another one. */
function relativePaths(paths: readonly string[], { cwd }: TaskOrder): readonly string[] {
  if (cwd === undefined || cwd === '.') return paths.map(canonicalize)
  return paths.map((path) => canonicalize(path.startsWith('/') ? path : `${cwd}/${path}`))
}

function invalid(message: string): CollectedResult {
  return { ok: false, failure: { kind: 'invalid', message } }
}
