import { type Digest, digestOf } from '../../events/digest.ts'
import type { LastResult, LastResults } from '../../events/last-results.ts'
import type { RunReason } from '../../events/run-reason.ts'
import type { Surroundings } from '../../events/surroundings.ts'

/** A task as it stands now, to be held against its last result. */
export interface TaskNow {
  readonly command: Digest
  /** Paths of the declared inputs, phony targets replaced by what they stand for; without repetition. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** What its command finds around it, and the digest over that. */
  readonly surroundings: { readonly digest: Digest; readonly content: Surroundings }
  /** A phony target that never exists and that the task depends on. */
  readonly alwaysBecause?: string
}

/**
 * Stands in a result for an output that is a directory. What is in it changes as other tasks fill it, so it only has to be
 * there.
 */
export const directoryMade: Digest = digestOf('directory')

/**
 * The files that are there now at names which the compiler would look up before it finds the header; `undefined` for none.
 * Those that a run read, or passed over knowingly, are among what it discovered.
 */
export type ShadowOf = (header: string) => readonly string[] | undefined

/** Digest of what a path holds now; `null` where there is nothing. */
export type DigestNow = (path: string) => Digest | null

/**
 * Why a task must be made, or `null` when its last result still stands: same command, same tools and variables, same inputs
 * with the same contents, no header shadowed, and on disk the outputs that it made.
 *
 * @param shadowOf absent: the task's headers are not looked up
 */
export function runReason(
  now: TaskNow,
  last: LastResult | undefined,
  results: LastResults,
  digestNow: DigestNow,
  shadowOf: ShadowOf = () => undefined,
): RunReason | null {
  if (last === undefined) return { kind: 'no-record' }
  for (const path of now.outputs) if (digestNow(path) === null) return { kind: 'output-missing', path }
  if (now.alwaysBecause !== undefined) return { kind: 'always', path: now.alwaysBecause }
  if (last.command !== now.command) return { kind: 'command-changed' }
  return (
    surroundingsDifference(now.surroundings, results.surroundings(last.surroundings)) ??
    declaredDifference(now.inputs, last.inputs, results, digestNow) ??
    discoveredDifference(last.discovered, results, digestNow) ??
    headerShadow(last.discovered, results, shadowOf) ??
    outputDifference(now.outputs, last.outputs, results, digestNow)
  )
}

function surroundingsDifference(now: TaskNow['surroundings'], last: TaskNow['surroundings']): RunReason | null {
  if (now.digest === last.digest) return null
  const tool = firstDifference(now.content.tools, last.content.tools)
  if (tool !== undefined) return { kind: 'tool-changed', path: tool.name, was: tool.was, is: tool.is }
  const variable = firstDifference(now.content.variables, last.content.variables)
  return variable === undefined ? null : { kind: 'variable-changed', ...variable }
}

type Named = readonly (readonly [name: string, digest: Digest | null])[]

/** One that has another value, or is only on one side: its value on the other is then `null`. */
function firstDifference(now: Named, last: Named) {
  const was = new Map(last)
  for (const [name, is] of now) {
    if (was.get(name) !== is && (was.has(name) || is !== null)) return { name, was: was.get(name) ?? null, is }
    was.delete(name)
  }
  for (const [name, value] of was) if (value !== null) return { name, was: value, is: null }
  return undefined
}

function headerShadow(recorded: readonly number[], results: LastResults, shadowOf: ShadowOf): RunReason | null {
  const isRead = (path: string) => recorded.some((number) => results.version(number)[0] === path)
  for (const number of recorded) {
    const [path] = results.version(number)
    const by = shadowOf(path)
    if (by === undefined) continue
    const unread = by.find((candidate) => !isRead(candidate))
    if (unread !== undefined) return { kind: 'header-shadowed', path, by: unread }
  }
  return null
}

function declaredDifference(
  paths: readonly string[],
  recorded: readonly number[],
  results: LastResults,
  digestNow: DigestNow,
): RunReason | null {
  let was: Map<string, Digest | null> | undefined
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i]!
    // Nearly always the order is the recorded one, and no map is needed.
    const here = recorded[i] === undefined ? undefined : results.version(recorded[i]!)
    let before = here?.[0] === path ? here[1] : undefined
    if (before === undefined) {
      was ??= new Map(recorded.map((number) => results.version(number)))
      before = was.get(path)
      if (before === undefined) return { kind: 'input-added', path }
    }
    const is = digestNow(path)
    if (is !== before || is === null) return { kind: 'input-changed', path, was: before, is }
  }
  if (paths.length === recorded.length) return null
  const declared = new Set(paths)
  const gone = recorded.map((number) => results.version(number)[0]).find((path) => !declared.has(path))
  return gone === undefined ? null : { kind: 'input-removed', path: gone }
}

function discoveredDifference(
  recorded: readonly number[],
  results: LastResults,
  digestNow: DigestNow,
): RunReason | null {
  for (const number of recorded) {
    const [path, was] = results.version(number)
    const is = digestNow(path)
    if (is !== was || is === null) return { kind: 'input-changed', path, was, is }
  }
  return null
}

function outputDifference(
  paths: readonly string[],
  recorded: readonly number[],
  results: LastResults,
  digestNow: DigestNow,
): RunReason | null {
  const made = recorded.map((number) => results.version(number))
  for (const [i, path] of paths.entries()) {
    const version = made[i]?.[0] === path ? made[i] : made.find(([madePath]) => madePath === path)
    if (version?.[1] === directoryMade) continue
    if (version === undefined || version[1] !== digestNow(path)) return { kind: 'output-changed', path }
  }
  return null
}
