import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type EventLog, EventLogError } from '../../infra/event-log/event-log.ts'
import { UserError } from '../user-error.ts'
import { commitAt } from './commit-at.ts'

export interface FoundBuild {
  readonly buildId: string
  readonly lastVersion: number
}

/** Builds by name, or by their place in the history of all builds or of one directory's. */
export interface BuildSearch {
  /** A whole id, its beginning or end; `last`; `@n` for the n-th newest. */
  readonly name: string
  /** Counts only builds of this directory. */
  readonly directory?: string
}

/** The one build that is meant. Throws {@link UserError} when there is none, or more than one. */
export async function findBuild(log: EventLog, { name, directory }: BuildSearch): Promise<FoundBuild> {
  const place = name === 'last' ? 1 : /^@\d+$/.test(name) ? Number(name.slice(1)) : undefined
  if (place !== undefined) return atPlace(log, place, directory)
  const text = name.toLowerCase()
  const found: FoundBuild[] = []
  for await (const build of buildsOf(log, directory)) {
    if (build.buildId === text) return build
    if (build.buildId.startsWith(text) || build.buildId.endsWith(text)) found.push(build)
  }
  const [first, second] = found
  if (first === undefined)
    throw new UserError(`no build '${name}'${ofDirectory(directory)}; millrace builds lists them`)
  if (second === undefined) return first
  throw new UserError(
    `'${name}' may be ${first.buildId}, ${second.buildId}${found.length > 2 ? ` or ${found.length - 2} more` : ''}; give more of the id`,
  )
}

/** Newest first; with a directory only its own. */
export async function* buildsOf(log: EventLog, directory: string | undefined): AsyncGenerator<FoundBuild, void> {
  const own = directory === undefined ? undefined : realDirectory(directory)
  for await (const build of log.builds()) {
    if (own === undefined || (await directoryOf(log, build.buildId)) === own) yield build
  }
}

async function atPlace(log: EventLog, place: number, directory: string | undefined): Promise<FoundBuild> {
  let count = 0
  for await (const build of buildsOf(log, directory)) if (++count === place) return build
  await checkStorage(log)
  if (count === 0) throw new UserError(`no build${ofDirectory(directory)} is on record`)
  throw new UserError(`there is no build @${place}: ${count} on record${ofDirectory(directory)}, @1 is the newest`)
}

/** A build may be gone because the log lost it. */
async function checkStorage(log: EventLog): Promise<void> {
  const damage = await log.storageDamage()
  if (damage !== undefined) throw new EventLogError(`event log: ${damage}`)
}

async function directoryOf(log: EventLog, buildId: string): Promise<string | undefined> {
  const [first] = (await commitAt(log, buildId, 1)).events
  return first?.type === 'build-requested' ? first.request.directory : undefined
}

function ofDirectory(directory: string | undefined): string {
  return directory === undefined ? '' : ` of ${directory}`
}

/** The directory as builds name it; one that is gone still has its history. */
export function realDirectory(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return resolve(directory)
  }
}
