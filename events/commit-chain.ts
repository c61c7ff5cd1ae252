import type { Commit, StoredCommit } from './commit.ts'
import { sha256Hex } from './digest.ts'
import { LogDamage } from './log-damage.ts'

/**
 * Checks one link of a build's hash chain and returns the commit that it holds: the commit is the one that comes next,
 * its bytes have the hash kept beside them, and they name the hash of the commit before. Throws {@link LogDamage} for
 * `expectedVersion` otherwise. A chain that lost its last commits still holds: what is missing there can't show.
 * The events themselves are not looked into; reading them is the codec's part.
 *
 * @param previousHash Hash of the commit before, `chainStart` for the first.
 */
export function checkLink(previousHash: string, expectedVersion: number, stored: StoredCommit): Commit {
  const damage = (what: string) => new LogDamage(stored.buildId, expectedVersion, what)
  if (stored.version !== expectedVersion) throw damage(`it is missing (commit ${stored.version} is in its place)`)
  if (sha256Hex(stored.body) !== stored.hash) throw damage('its bytes do not match their hash')
  const commit = parseJson(stored.body)
  if (!isCommit(commit)) throw damage('its bytes are not a commit')
  if (commit.buildId !== stored.buildId || commit.version !== expectedVersion)
    throw damage(`its bytes are those of commit ${commit.version} of build ${commit.buildId}`)
  if (commit.prev !== previousHash) throw damage('it does not follow the commit before it')
  return commit
}

/** The value that JSON text stands for; undefined for text that is not JSON. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  } catch {
    return undefined
  }
}

function isCommit(value: unknown): value is Commit {
  if (typeof value !== 'object' || value === null) return false
  const { buildId, version, prev, events } = value as Partial<Commit>
  return typeof buildId === 'string' && typeof version === 'number' && typeof prev === 'string' && Array.isArray(events)
}
