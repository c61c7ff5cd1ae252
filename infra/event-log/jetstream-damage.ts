import type { BuildId } from '../../events/build-id.ts'
import { sha256Hex } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import type { EventLog } from './event-log.ts'
import { answered, type JetStreamAccess } from './jetstream-access.ts'

/** Reads every commit: none may be missing in a build, and each has its hash. Asks the server what it knows to be lost. */
export async function storageDamage(
  access: JetStreamAccess,
  log: Pick<EventLog, 'readAfter'>,
): Promise<string | undefined> {
  for (const { name } of [access.streams.builds, access.streams.attachments]) {
    const { state } = await answered(access, () => access.manager.streams.info(name))
    const lost = state.lost?.msgs?.length ?? 0
    if (lost > 0) return `stream ${name} has lost ${lost} messages`
  }
  const versions = new Map<BuildId, number>()
  try {
    for await (const { buildId, version, body, hash } of log.readAfter(0)) {
      const expected = (versions.get(buildId) ?? 0) + 1
      if (version !== expected) return `commit ${expected} of build ${buildId} is missing`
      if (sha256Hex(body) !== hash) return `commit ${version} of build ${buildId} is not what was stored`
      versions.set(buildId, version)
    }
  } catch (error) {
    if (error instanceof LogDamage) return error.message
    throw error
  }
  return undefined
}
