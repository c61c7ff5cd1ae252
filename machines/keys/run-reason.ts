import { type Digest, digestOf } from '../../events/digest.ts'
import type { LastResult, LastResults } from '../../events/last-results.ts'
import type { RunReason } from '../../events/task-events.ts'

/** A task as it stands now, to be held against its last result. */
export interface TaskNow {
  readonly command: Digest
  /** Paths of the declared inputs, phony targets replaced by what they stand for; without repetition. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** A phony target that never exists and that the task depends on. */
  readonly alwaysBecause?: string
}

/**
 * Stands in a result for an output that is a directory. What is in it changes as other tasks fill it, so it only has to be
 * there.
 */
export const directoryMade: Digest = digestOf('directory')

/** Digest of what a path holds now; `null` where there is nothing. */
export type DigestNow = (path: string) => Digest | null

/**
 * Why a task must run, or `null` when its last result still stands: same command, same inputs with the same contents,
 * and on disk the outputs that it made.
 */
export function runReason(
  now: TaskNow,
  last: LastResult | undefined,
  results: LastResults,
  digestNow: DigestNow,
): RunReason | null {
  if (last === undefined) return { kind: 'no-record' }
  for (const path of now.outputs) if (digestNow(path) === null) return { kind: 'output-missing', path }
  if (now.alwaysBecause !== undefined) return { kind: 'always', path: now.alwaysBecause }
  if (last.command !== now.command) return { kind: 'command-changed' }
  return (
    declaredDifference(now.inputs, last.inputs, results, digestNow) ??
    discoveredDifference(last.discovered, results, digestNow) ??
    outputDifference(now.outputs, last.outputs, results, digestNow)
  )
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
