import { type BuildId, isBuildId } from '../../../events/build-id.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import { UserError } from '../../user-error.ts'
import { findBuild } from '../find-build.ts'

/** The build that is meant, also one that the log does not know: its results may be in the cache all the same. */
export async function namedBuild(log: EventLog, name: string): Promise<BuildId> {
  try {
    return (await findBuild(log, { name })).buildId
  } catch (error) {
    if (error instanceof UserError && isBuildId(name.toLowerCase())) return name.toLowerCase()
    throw error
  }
}
