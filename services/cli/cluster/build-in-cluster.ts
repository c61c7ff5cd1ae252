import { relative } from 'node:path'
import type { BuildReply, BuildRequestForm } from '../../../events/build-request-form.ts'
import { graphFilesIn } from '../../coordinator/graph-files.ts'
import { readGraph } from '../../coordinator/read-graph.ts'
import type { BuildOptions } from '../../embedded/build-options.ts'
import type { Reporter } from '../../embedded/reporter.ts'
import { treeRoots } from '../../embedded/tree-roots.ts'
import { UserError } from '../../user-error.ts'
import { BringBack, type WantedOutputs } from './bring-back.ts'
import type { ClusterClient } from './cluster-client.ts'
import { followBuild } from './follow-build.ts'
import { sendSources } from './source-snapshot.ts'

/** How long a coordinator may take to answer a request, in ms. */
const answerMsMax = 15_000

export interface ClusterBuildOptions extends Omit<BuildOptions, 'jobs' | 'isDryRun' | 'isVerbose' | 'isExplaining'> {
  readonly project: string
  readonly pool: string
  readonly priority: number
  readonly wanted: WantedOutputs
  readonly environment: Readonly<Record<string, string>>
}

export interface ClusterBuildContext {
  readonly client: ClusterClient
  readonly reporter: Reporter
  readonly signal: AbortSignal
  /** ms since 1970. */
  readonly now: () => number
  readonly startedAt: number
}

/**
 * Builds a tree in the cluster: sends its sources, requests the build, follows it, and brings back what it made. Returns the
 * exit code.
 */
export async function buildInCluster(options: ClusterBuildOptions, context: ClusterBuildContext): Promise<number> {
  const { client, reporter, signal } = context
  const { directory, file, wanted } = options
  const roots = treeRoots(directory, options.root).paths
  const read = await readGraph(graphFilesIn(directory), file)
  if (!read.ok) throw new UserError(read.message)
  const { graph } = read.read
  const snapshot = await sendSources(client, { roots, directory, graph, onProgress: () => {} })
  for (const path of snapshot.skipped.slice(0, 5)) reporter.notice(`warning: ${path} can't be sent to the cluster`)
  const buildId = await request(options, { snapshot: snapshot.tree.digest, roots, file: read.read.file }, client)
  const back = new BringBack(client, { directory, roots, wanted })
  const cancel = () => {
    client.desk.askAll({ type: 'cancel', buildId }, 1_000).catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  const never = new AbortController()
  const end = await followBuild(buildId, {
    log: client.log,
    reporter,
    onEvent: (event, state) => back.follow(event, state),
    signal: never.signal,
  }).finally(() => signal.removeEventListener('abort', cancel))
  await back.settled()
  if (back.lost.length > 0)
    reporter.notice(`${back.lost.length} outputs could not be brought back, first ${back.lost[0]}; build again`)
  await reporter.end({ ...end!, wallMs: Math.round(context.now() - context.startedAt) })
  if (end!.status === 'cancelled') return 130
  return end!.status === 'succeeded' && back.lost.length === 0 ? 0 : 1
}

async function request(
  options: ClusterBuildOptions,
  source: { readonly snapshot: string; readonly roots: readonly string[]; readonly file: string },
  { desk }: ClusterClient,
): Promise<string> {
  const { directory, targets, failuresMax, policy, project, pool, priority, environment } = options
  const { snapshot, roots, file } = source
  const form: BuildRequestForm = {
    source: { snapshot, roots: [...roots] },
    directory,
    graph: file.startsWith('/') ? relative(directory, file) : file,
    targets: [...targets],
    environment: { ...environment },
    pool,
    priority,
    failuresMax,
    policy,
  }
  const reply = (await desk.request(project, form, answerMsMax)) as BuildReply
  if (!reply.accepted) throw new UserError(`the cluster refuses the build: ${reply.message}`)
  return reply.buildId
}
