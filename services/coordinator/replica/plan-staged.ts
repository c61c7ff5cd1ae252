import type { BuildEvent, BuildFailed, BuildRequest } from '../../../events/build-events.ts'
import type { Digest } from '../../../events/digest.ts'
import { LastResults } from '../../../events/last-results.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { MerkleTree } from '../../../infra/input-tree/input-tree.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { planBuild } from '../plan-build.ts'
import { readGraph } from '../read-graph.ts'
import type { SurroundingsContext } from '../task-surroundings.ts'
import { MissingText, type StagedTexts } from './staged-texts.ts'
import type { StagedTree } from './staged-tree.ts'

/** What a build in a cluster begins with. */
export interface PreparedSource {
  readonly inputRoot: Digest
  readonly tree: MerkleTree
  readonly platform: string
}

export interface StagedPlanning {
  readonly request: BuildRequest
  readonly log: EventLog
  readonly tree: StagedTree
  readonly texts: StagedTexts
  readonly surroundings: Omit<SurroundingsContext, 'tree'>
  /** Of the project's tasks, by id, in ms. */
  readonly durations: ReadonlyMap<string, number>
  /** Called with the graph before any event names it. */
  readonly keep: (digest: Digest, graph: BuildGraph) => void
}

/**
 * How many tasks may be looked up and wait for workers at once. Which of those that wait goes next is decided when a worker is
 * free, and workers come and go.
 */
const slots = 2048

/** Reads the graph of prepared sources and gives the events that follow; what can't be planned is the build's failure. */
export async function planStaged(planning: StagedPlanning): Promise<readonly BuildEvent[]> {
  try {
    const read = await stagedGraph(planning)
    if (!read.ok) return [refused(read.message)]
    const { graph } = read
    const { log, request, tree, texts, surroundings } = planning
    const plan = await texts.complete(() =>
      planBuild({
        graph,
        keepGraph: () => log.attach(Buffer.from(JSON.stringify(graph))),
        request,
        results: new LastResults(),
        tree,
        surroundings,
        readText: texts.readText,
      }),
    )
    if (!plan.ok) return [refused(plan.message)]
    planning.keep(plan.event.graph, graph)
    const durations = plan.toRun.flatMap((task) => {
      const ms = planning.durations.get(graph.tasks[task]!.id) ?? 0
      return ms > 0 ? [task, Math.max(1, Math.round(ms))] : []
    })
    return [
      { ...plan.event, durations },
      { type: 'build-started', slots },
    ]
  } catch (error) {
    if (error instanceof MissingText) return [refused(error.message)]
    throw error
  }
}

type StagedGraph = { readonly ok: true; readonly graph: BuildGraph } | { readonly ok: false; readonly message: string }

async function stagedGraph({ request, log, texts }: StagedPlanning): Promise<StagedGraph> {
  const inline = request.remote?.graph
  if (inline !== undefined)
    return { ok: true, graph: JSON.parse(Buffer.from(await log.attachment(inline)).toString()) as BuildGraph }
  const result = await texts.complete(() => readGraph(texts, request.file === '' ? undefined : request.file))
  return result.ok ? { ok: true, graph: result.read.graph } : result
}

/** The end of a build that can't be planned. */
export function refused(message: string): BuildFailed {
  const none = { total: 0, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
  return { type: 'build-failed', counts: none, message }
}
