import { type Draft, produce } from 'immer'
import type { BuildCancelled, BuildEvent, BuildRequest, Requester, TaskCounts } from './build-events.ts'
import type { Commit } from './commit.ts'
import type { Digest } from './digest.ts'

/**
 * A build as a list of builds shows it: a read model that is made from commits, of which the first and the last tell
 * most. Times are in ms since 1970.
 */
export interface BuildHeader {
  readonly status: 'requested' | 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly request?: BuildRequest
  readonly requester?: Requester
  readonly requestedAt?: number
  /** Once for each coordinator that took the build over. */
  readonly resumptions: readonly { readonly at: number; readonly requester: Requester }[]
  /** When it was last planned, and from which graph. */
  readonly plannedAt?: number
  readonly graph?: Digest
  readonly startedAt?: number
  readonly slots?: number
  readonly endedAt?: number
  readonly counts?: TaskCounts
  /** Why the build failed although no task did. */
  readonly message?: string
  readonly cancelReason?: BuildCancelled['reason']
}

/** The header of a build of which nothing is known yet. */
export const emptyBuildHeader: BuildHeader = { status: 'requested', resumptions: [] }

/** The header with further commits folded in; the given one stays as it is. */
export function advanceBuildHeader(header: BuildHeader, commits: Iterable<Commit>): BuildHeader {
  return produce(header, (draft) => {
    for (const { at, events } of commits) for (const event of events) applyEvent(draft, event, at)
  })
}

function applyEvent(header: Draft<BuildHeader>, event: BuildEvent, at: number): void {
  switch (event.type) {
    case 'build-requested':
      header.request = event.request as Draft<BuildRequest>
      header.requester = event.requester
      header.requestedAt = at
      return
    case 'build-resumed':
      header.status = 'requested'
      header.resumptions.push({ at, requester: event.requester })
      return
    case 'build-taken-over':
      if (header.status !== 'running') header.status = 'requested'
      header.resumptions.push({ at, requester: event.requester })
      return
    case 'build-planned':
      header.status = 'planned'
      header.plannedAt = at
      header.graph = event.graph
      return
    case 'build-started':
      header.status = 'running'
      header.startedAt ??= at
      header.slots = event.slots
      return
    case 'build-succeeded':
    case 'build-failed':
    case 'build-cancelled':
      header.status = endStatuses[event.type]
      header.endedAt = at
      header.counts = event.counts
      if (event.type === 'build-failed' && event.message !== undefined) header.message = event.message
      if (event.type === 'build-cancelled') header.cancelReason = event.reason
      return
  }
}

const endStatuses = {
  'build-succeeded': 'succeeded',
  'build-failed': 'failed',
  'build-cancelled': 'cancelled',
} as const
