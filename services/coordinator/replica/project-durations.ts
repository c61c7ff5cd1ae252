import type { BuildEvent } from '../../../events/build-events.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'

/** Newest builds of all projects among which the last one of a project is looked for. */
const buildsMax = 30

/** How long the tasks of each project ran when they last did, by their ids, in ms: learnt from the log, then from builds here. */
export class ProjectDurations {
  readonly #log: EventLog
  readonly #projects = new Map<string, Map<string, number>>()

  constructor(log: EventLog) {
    this.#log = log
  }

  /** Empty for a project that was not built lately. A log that can't be read teaches nothing. */
  async of(project: string): Promise<ReadonlyMap<string, number>> {
    const known = this.#projects.get(project)
    if (known !== undefined) return known
    const learnt = await this.#learn(project).catch(() => new Map<string, number>())
    this.#projects.set(project, learnt)
    return learnt
  }

  /** What an event of a build here tells, once the project's durations were asked for. */
  note(project: string, event: BuildEvent, idOf: (task: number) => string): void {
    const known = this.#projects.get(project)
    if (known !== undefined) noteDuration(known, event, idOf)
  }

  async #learn(project: string): Promise<Map<string, number>> {
    const durations = new Map<string, number>()
    let looked = 0
    for await (const { buildId } of this.#log.builds()) {
      if (++looked > buildsMax || durations.size > 0) break
      let ids: readonly string[] = []
      for await (const stored of this.#log.read(buildId)) {
        const { events, version } = decodeCommit(stored)
        const [first] = events
        if (version === 1 && (first?.type !== 'build-requested' || first.request.remote?.project !== project)) break
        for (const event of events) {
          if (event.type === 'build-planned') {
            const graph = JSON.parse(Buffer.from(await this.#log.attachment(event.graph)).toString()) as BuildGraph
            ids = graph.tasks.map(({ id }) => id)
          }
          noteDuration(durations, event, (task) => ids[task]!)
        }
      }
    }
    return durations
  }
}

function noteDuration(durations: Map<string, number>, event: BuildEvent, idOf: (task: number) => string): void {
  if (event.type === 'task-succeeded') durations.set(idOf(event.task), event.phases.runMs)
  else if (event.type === 'task-cached') durations.set(idOf(event.task), event.origin.runMs)
}
