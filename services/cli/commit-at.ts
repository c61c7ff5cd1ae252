import { decodeCommit } from '../../events/codec.ts'
import type { Commit } from '../../events/commit.ts'
import { LogDamage } from '../../events/log-damage.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'

/** One commit of a build, checked against its own hash but not against the one before. Throws {@link LogDamage}. */
export async function commitAt(log: EventLog, buildId: string, version: number): Promise<Commit> {
  for await (const stored of log.read(buildId, version)) {
    if (stored.version !== version) break
    return decodeCommit(stored)
  }
  throw new LogDamage(buildId, version, 'it is missing')
}
