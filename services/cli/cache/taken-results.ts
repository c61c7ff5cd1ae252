import type { BuildEvent } from '../../../events/build-events.ts'
import { type BuildId, requestedAt } from '../../../events/build-id.ts'
import { decodeCommit } from '../../../events/codec.ts'
import type { StoredCommit } from '../../../events/commit.ts'
import type { Digest, FileVersion } from '../../../events/digest.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { NewerFormat } from '../../../events/newer-format.ts'
import { AttachmentDamage, type EventLog } from '../../../infra/event-log/event-log.ts'
import { commitAt } from '../commit-at.ts'
import { type TaskNames, taskNames } from './task-names.ts'

/** By action key: what the outputs of its result were in a work tree. */
export type OutputsByAction = ReadonlyMap<string, readonly Digest[]>

/** A build that took results from the cache. */
export interface Taking {
  readonly build: BuildId
  readonly directory: string
  /** Ids of the tasks whose results it took. */
  readonly tasks: readonly string[]
  /** Not always what the cache has: run-time search paths are those of the place. */
  readonly outputs: OutputsByAction
}

/** What a build gave to the cache, by its log; nothing for one that the log does not know. */
export function keptOutputs(log: EventLog, build: BuildId): Promise<OutputsByAction> {
  return outputsIn(log, build, (event) => (event.type === 'task-succeeded' ? event.kept : undefined))
}

/**
 * The other builds that took a result which was made in `build`, or one of `descendants`, newest first. One whose log can't be
 * read is told to `notice` in one line.
 *
 * @param descendants by action key: the build that made the result
 */
export async function takingBuilds(
  log: EventLog,
  build: BuildId,
  descendants: ReadonlyMap<string, BuildId>,
  notice: (line: string) => void,
): Promise<readonly Taking[]> {
  const taken: Taken = (event) =>
    event.type === 'task-cached' &&
    (event.origin.build === build || event.origin.build === descendants.get(event.action))
      ? event.action
      : undefined
  const found: Taking[] = []
  const names = taskNames(log)
  for await (const { buildId, lastVersion } of log.builds()) {
    if (buildId === build) continue
    try {
      // A build that was requested before it can have gone on beside it.
      if (buildId < build && (await commitAt(log, buildId, lastVersion)).at < requestedAt(build)) continue
      const taking = await takingOf(log, buildId, taken, names)
      if (taking !== undefined) found.push(taking)
    } catch (error) {
      if (!(error instanceof LogDamage || error instanceof AttachmentDamage || error instanceof NewerFormat))
        throw error
      notice(`warning: ${error.message}; what that build took is not known`)
    }
  }
  return found
}

/** Action key of a result that an event tells of, if it is one that is asked for. */
type Taken = (event: BuildEvent) => string | undefined

async function takingOf(log: EventLog, buildId: BuildId, taken: Taken, names: TaskNames): Promise<Taking | undefined> {
  const tasks = new Set<string>()
  let planned: StoredCommit | undefined
  for await (const stored of log.read(buildId)) {
    if (mentions(stored, 'build-planned')) planned = stored
    if (!mentions(stored, 'task-cached')) continue
    for (const event of decodeCommit(stored).events)
      if ('task' in event && taken(event) !== undefined)
        tasks.add((await namesOf(planned, names))[event.task] ?? `task ${event.task}`)
  }
  if (tasks.size === 0) return undefined
  const [first] = (await commitAt(log, buildId, 1)).events
  const directory = first?.type === 'build-requested' ? first.request.directory : ''
  return { build: buildId, directory, tasks: [...tasks], outputs: await outputsIn(log, buildId, taken) }
}

async function namesOf(planned: StoredCommit | undefined, names: TaskNames): Promise<readonly string[]> {
  if (planned === undefined) return []
  const event = decodeCommit(planned).events.findLast(({ type }) => type === 'build-planned')
  return event?.type === 'build-planned' ? names(event.graph) : []
}

async function outputsIn(log: EventLog, build: BuildId, taken: Taken): Promise<OutputsByAction> {
  const outputs = new Map<string, readonly Digest[]>()
  const versions: FileVersion[] = []
  for await (const stored of log.read(build)) {
    if (!['files-digested', 'task-succeeded', 'task-cached'].some((type) => mentions(stored, type))) continue
    for (const event of decodeCommit(stored).events) {
      if (event.type === 'files-digested') versions.push(...event.files)
      const action = taken(event)
      if (action !== undefined && (event.type === 'task-cached' || event.type === 'task-succeeded'))
        outputs.set(
          action,
          event.outputs.flatMap((number) => versions[number]?.[1] ?? []),
        )
    }
  }
  return outputs
}

/** Whether an event of this type may be in the commit: most commits need not be decoded to tell that none is. */
function mentions({ body }: StoredCommit, type: string): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(`"${type}"`)
}
