import type { BuildRequest } from '../../../events/build-events.ts'
import type { Digest } from '../../../events/digest.ts'
import { isRetryable } from '../../../events/failure.ts'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { AttemptFailed, AttemptSucceeded, TaskReport } from '../../../events/task-report.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import { MerkleTree, type TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import { infrastructureAttemptsMax } from '../../../machines/task-machine.ts'
import type { ReplicaContext } from './replica-context.ts'

/** Stores the Directory messages of a tree, and returns its digest. */
export async function storeTree(tree: MerkleTree, blobs: BlobStore): Promise<Digest> {
  await Promise.all(tree.blobs().map(({ digest, content }) => blobs.put(digest, content)))
  tree.noteStored()
  return tree.digest
}

/** Files at a directory of the file system. */
export function treeAt(directory: string, entries: readonly TreeEntry[]): MerkleTree {
  const top = directory.slice(1)
  return MerkleTree.of([
    { path: top, isDirectory: true },
    ...entries.map((entry) => ({ ...entry, path: `${top}/${entry.path}` })),
  ])
}

export interface Preparation {
  readonly buildId: string
  /** Of the coordinator: its predecessor may still be at it. */
  readonly epoch: number
  readonly request: BuildRequest
  readonly command: string
  /** Where it runs, and what it leaves there belongs to the sources. */
  readonly directory: string
  readonly inputRoot: Digest
  readonly platform: string
  readonly signal: AbortSignal
}

/**
 * Runs what is to be run before the graph is read, on a worker, under a name of its own: the build's with `-prepare-<epoch>`
 * behind it. Returns the sources with what it left, or a line that says why there are none.
 */
export async function prepareSource(
  preparation: Preparation,
  { queue, hub, clock }: Pick<ReplicaContext, 'queue' | 'hub' | 'clock'>,
): Promise<{ readonly inputRoot: Digest } | string> {
  const { request, platform, inputRoot, signal } = preparation
  const { project, priority, pool, environment } = request.remote!
  signal.throwIfAborted()
  const buildId = `${preparation.buildId}-prepare-${preparation.epoch}`
  const { promise, resolve, reject } = Promise.withResolvers<AttemptSucceeded | AttemptFailed>()
  let attempt = 1
  const order = (): TaskOrder => ({
    buildId,
    task: 0,
    attempt,
    command: { shell: preparation.command },
    directory: preparation.directory,
    env: environment,
    outputs: [],
    dispatchedAt: clock.now(),
    stage: { inputRoot, roots: [preparation.directory], outputTree: preparation.directory },
  })
  const absorb = (report: TaskReport) => {
    if (report.type === 'attempt-started' || report.attempt !== attempt) return
    const isAgain =
      report.type === 'attempt-failed' && isRetryable(report.failure) && attempt < infrastructureAttemptsMax
    if (!isAgain) return resolve(report)
    attempt++
    hub.hold(order())
  }
  const stop = queue.onReport(buildId, (report) => {
    hub.reported(report)
    absorb(report)
  })
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  hub.begin({
    buildId,
    project,
    priority,
    pool,
    platform,
    sources: inputRoot,
    rank: new Float64Array(1),
    stage: (staged) => staged,
    absorb,
    warn: () => {},
    fail: reject,
  })
  try {
    hub.hold(order())
    return outcomeOf(await promise, preparation.command)
  } finally {
    signal.removeEventListener('abort', abort)
    stop()
    hub.end(buildId)
    await queue.stop(buildId)
    queue.absorbed(buildId)
  }
}

function outcomeOf(report: AttemptSucceeded | AttemptFailed, command: string): { readonly inputRoot: Digest } | string {
  if (report.type === 'attempt-failed') {
    const lines = Buffer.from(report.output).toString().trim().split('\n')
    const said = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? ''
    return `prepare (${command}): ${report.failure.message}${said === '' ? '' : `: ${said.trim()}`}`
  }
  return report.tree === undefined
    ? `prepare (${command}): the worker has not told what it left`
    : { inputRoot: report.tree }
}
