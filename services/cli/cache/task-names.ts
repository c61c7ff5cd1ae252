import type { Digest } from '../../../events/digest.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'

/** Ids of a graph's tasks, by number. */
export type TaskNames = (graph: Digest) => Promise<readonly string[]>

/** Reads graphs that the log holds, each once. */
export function taskNames(log: EventLog): TaskNames {
  const known = new Map<Digest, Promise<readonly string[]>>()
  return (graph) => {
    const names = known.get(graph) ?? readNames(log, graph)
    known.set(graph, names)
    return names
  }
}

async function readNames(log: EventLog, graph: Digest): Promise<readonly string[]> {
  const { tasks } = JSON.parse(Buffer.from(await log.attachment(graph)).toString()) as BuildGraph
  return tasks.map(({ id }) => id)
}
