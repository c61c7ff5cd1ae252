import { randomUUID } from 'node:crypto'
import { relative } from 'node:path'
import type { BuildReply, BuildRequestForm } from '../../../events/build-request-form.ts'
import type { Clock } from '../../../infra/clock/clock.ts'
import { graphFilesIn } from '../../coordinator/graph-files.ts'
import { readGraph } from '../../coordinator/read-graph.ts'
import type { BuildOptions } from '../../embedded/build-options.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'
import { treeRoots } from '../../embedded/tree-roots.ts'
import { UserError } from '../../user-error.ts'
import { version } from '../version.ts'
import { BringBack, type WantedOutputs } from './bring-back.ts'
import { type ClientTask, clientTasks } from './client-tasks.ts'
import { startClientWorker } from './client-worker.ts'
import type { ClusterClient } from './cluster-client.ts'
import { followBuild } from './follow-build.ts'
import { sendSources } from './source-snapshot.ts'

/** How long a coordinator may take to answer a request, in ms. */
const answerMsMax = 15_000
const cancelMsMax = 1_000

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
  readonly clock: Clock
  readonly startedAt: number
}

/**
 * Builds a tree in the cluster: sends its sources, requests the build, follows it, and brings back what it made. Returns the
 * exit code.
 */
export async function buildInCluster(options: ClusterBuildOptions, context: ClusterBuildContext): Promise<number> {
  const { client, reporter } = context
  const { directory, file, wanted } = options
  const roots = treeRoots(directory, options.root).paths
  const read = await readGraph(graphFilesIn(directory), file)
  if (!read.ok) throw new UserError(read.message)
  const { graph } = read.read
  const blobs = await client.openBlobs()
  const snapshot = await sendSources({ ...client, blobs }, { roots, directory, graph, onProgress: () => {} })
  for (const path of snapshot.skipped.slice(0, 5)) reporter.notice(`warning: ${path} can't be sent to the cluster`)
  const stopServing = client.peers.serve(snapshot.find)
  const staying = clientTasks(graph, roots)
  // Those that stay here read what the others have made.
  const back = new BringBack({ ...client, blobs }, { directory, roots, wanted: staying.length > 0 ? 'all' : wanted })
  const clientId = `client-${randomUUID()}`
  const reached = new ReachedVersions()
  const stopWorking =
    staying.length === 0
      ? async () => {}
      : startClientWorker({
          id: clientId,
          version,
          client,
          work: await client.openWork(clientId),
          tree: client.sourceTree(directory),
          blobs,
          clock: context.clock,
          inPlaceAt: async (commit) => {
            await reached.reach(commit)
            await back.settled()
          },
        })
  try {
    const tasks = staying.map(({ id }) => id)
    const form = requestForm(options, {
      snapshot: snapshot.tree.digest,
      roots,
      file: read.read.file,
      ...(staying.length === 0 ? {} : { client: { worker: clientId, tasks } }),
    })
    const buildId = await request(options.project, form, client)
    const end = await follow(buildId, { back, reached, staying }, context)
    return await finish(end, back, context)
  } finally {
    stopServing()
    await stopWorking()
  }
}

/** How far the build's log has been followed. */
class ReachedVersions {
  #version = 0
  readonly #waiting: { readonly version: number; readonly resolve: () => void }[] = []

  note(version: number): void {
    this.#version = version
    for (const { version: wanted, resolve } of this.#waiting) if (wanted <= version) resolve()
  }

  reach(version: number): Promise<void> {
    if (version <= this.#version) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ version, resolve }))
  }
}

async function follow(
  buildId: string,
  {
    back,
    reached,
    staying,
  }: { readonly back: BringBack; readonly reached: ReachedVersions; readonly staying: readonly ClientTask[] },
  { client, reporter, signal }: ClusterBuildContext,
): Promise<Omit<BuildEnd, 'wallMs'>> {
  const cancel = () => {
    client.desk.askAll({ type: 'cancel', buildId }, cancelMsMax).catch(() => {})
  }
  const reasons = new Map(staying.map(({ id, because }) => [id, because]))
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  try {
    const end = await followBuild(buildId, {
      log: client.log,
      reporter,
      onEvent: (event, state) => {
        back.follow(event, state)
        const id = event.type === 'task-queued' ? state.plan?.tasks.graph.tasks[event.task]?.id : undefined
        if (id !== undefined && reasons.has(id)) reporter.notice(`${id} runs on this machine: ${reasons.get(id)}`)
      },
      onCommit: (version) => reached.note(version),
      signal: new AbortController().signal,
    })
    return end!
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function finish(
  end: Omit<BuildEnd, 'wallMs'>,
  back: BringBack,
  { reporter, clock, startedAt }: ClusterBuildContext,
): Promise<number> {
  await back.settled()
  if (back.lost.length > 0)
    reporter.notice(`${back.lost.length} outputs could not be brought back, first ${back.lost[0]}; build again`)
  await reporter.end({ ...end, wallMs: Math.round(clock.now() - startedAt) })
  if (end.status === 'cancelled') return 130
  return end.status === 'succeeded' && back.lost.length === 0 ? 0 : 1
}

interface SentSource {
  readonly snapshot: string
  readonly roots: readonly string[]
  readonly file: string
  readonly client?: { readonly worker: string; readonly tasks: string[] }
}

function requestForm(options: ClusterBuildOptions, { snapshot, roots, file, client }: SentSource): BuildRequestForm {
  const { directory, targets, failuresMax, policy, pool, priority, environment } = options
  return {
    source: { snapshot, roots: [...roots] },
    directory,
    graph: file.startsWith('/') ? relative(directory, file) : file,
    targets: [...targets],
    environment: { ...environment },
    pool,
    priority,
    failuresMax,
    policy,
    ...(client === undefined ? {} : { client }),
  }
}

async function request(project: string, form: BuildRequestForm, { desk }: ClusterClient): Promise<string> {
  const reply = (await desk.request(project, form, answerMsMax)) as BuildReply
  if (!reply.accepted) throw new UserError(`the cluster refuses the build: ${reply.message}`)
  return reply.buildId
}
