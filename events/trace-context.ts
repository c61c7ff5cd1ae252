import type { BuildId } from './build-id.ts'
import { sha256Hex } from './digest.ts'

/** What a span of a build is about. Its id follows from this, so whoever knows the build's id can name it. */
export type SpanPlace =
  | { readonly kind: 'build' }
  /** `round` counts from 1 how often the task was begun: again when what it had made was lost. */
  | { readonly kind: 'task'; readonly task: number; readonly round: number }
  | { readonly kind: 'attempt' | PhaseName; readonly task: number; readonly attempt: number }

export type PhaseName = 'queue' | 'fetch' | 'run' | 'store'

/** Trace id of a build: 32 lower-case hex digits, the first half of the SHA-256 of the build's id. */
export function traceIdOf(buildId: BuildId): string {
  return sha256Hex(buildId).slice(0, 32)
}

/**
 * Span id, 16 lower-case hex digits.
 *
 * @param run counts from 1 how often the build was planned from the start (`build-resumed`); builds of a cluster have one
 */
export function spanIdOf(buildId: BuildId, place: SpanPlace, run = 1): string {
  return sha256Hex(`${buildId}/${run}/${placeText(place)}`).slice(0, 16)
}

function placeText(place: SpanPlace): string {
  switch (place.kind) {
    case 'build':
      return 'build'
    case 'task':
      return `task/${place.task}/${place.round}`
    default:
      return `${place.kind}/${place.task}/${place.attempt}`
  }
}

/**
 * The context in which something is done for a build in a cluster, as a `traceparent` header: of the build; of a task; or of the
 * command that an attempt runs. Source: W3C Trace Context, level 1.
 */
export function traceparentOf(buildId: BuildId, task?: number, attempt?: number): string {
  return `00-${traceIdOf(buildId)}-${spanIdOf(buildId, placeOf(task, attempt))}-01`
}

function placeOf(task?: number, attempt?: number): SpanPlace {
  if (task === undefined) return { kind: 'build' }
  return attempt === undefined ? { kind: 'task', task, round: 1 } : { kind: 'run', task, attempt }
}
