import { type BuildId, requestedAt } from '../../../events/build-id.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { StoredCommit } from '../../../events/commit.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { NewerFormat } from '../../../events/newer-format.ts'
import { AttachmentDamage, type EventLog } from '../../../infra/event-log/event-log.ts'
import { commitAt } from '../commit-at.ts'
import { type TaskNames, taskNames } from './task-names.ts'

/** A build that took results from the cache. */
export interface Taking {
  readonly build: BuildId
  readonly directory: string
  /** Ids of the tasks whose results it took. */
  readonly tasks: readonly string[]
}

/** Action keys of the results that a build made, by its log; none for one that the log does not know. */
export async function keptActions(log: EventLog, build: BuildId): Promise<readonly string[]> {
  const actions: string[] = []
  for await (const stored of log.read(build)) {
    if (!mentions(stored, 'task-succeeded')) continue
    for (const event of decodeCommit(stored).events)
      if (event.type === 'task-succeeded' && event.kept !== undefined) actions.push(event.kept)
  }
  return actions
}

/**
 * The builds that took one of these results, or any other that was made in `build`, newest first. One whose log can't be
 * read is told to `notice` in one line.
 */
export async function takingBuilds(
  log: EventLog,
  build: BuildId,
  actions: ReadonlySet<string>,
  notice: (line: string) => void,
): Promise<readonly Taking[]> {
  const found: Taking[] = []
  const names = taskNames(log)
  for await (const { buildId, lastVersion } of log.builds()) {
    try {
      // A build that was requested before it can have gone on beside it.
      if (buildId < build && (await commitAt(log, buildId, lastVersion)).at < requestedAt(build)) continue
      const taking = await takingOf(log, buildId, (action, origin) => origin === build || actions.has(action), names)
      if (taking !== undefined) found.push(taking)
    } catch (error) {
      if (!(error instanceof LogDamage || error instanceof AttachmentDamage || error instanceof NewerFormat))
        throw error
      notice(`warning: ${error.message}; what that build took is not known`)
    }
  }
  return found
}

async function takingOf(
  log: EventLog,
  buildId: BuildId,
  isTainted: (action: string, origin: BuildId) => boolean,
  names: TaskNames,
): Promise<Taking | undefined> {
  const tasks = new Set<string>()
  let planned: StoredCommit | undefined
  for await (const stored of log.read(buildId)) {
    if (mentions(stored, 'build-planned')) planned = stored
    if (!mentions(stored, 'task-cached')) continue
    for (const event of decodeCommit(stored).events)
      if (event.type === 'task-cached' && isTainted(event.action, event.origin.build))
        tasks.add((await namesOf(planned, names))[event.task] ?? `task ${event.task}`)
  }
  if (tasks.size === 0) return undefined
  const [first] = (await commitAt(log, buildId, 1)).events
  return {
    build: buildId,
    directory: first?.type === 'build-requested' ? first.request.directory : '',
    tasks: [...tasks],
  }
}

async function namesOf(planned: StoredCommit | undefined, names: TaskNames): Promise<readonly string[]> {
  if (planned === undefined) return []
  const event = decodeCommit(planned).events.findLast(({ type }) => type === 'build-planned')
  return event?.type === 'build-planned' ? names(event.graph) : []
}

/** Whether an event of this type may be in the commit: most commits need not be decoded to tell that none is. */
function mentions({ body }: StoredCommit, type: string): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(`"${type}"`)
}
