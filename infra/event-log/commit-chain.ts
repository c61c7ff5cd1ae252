import { type Commit, chainStart, type StoredCommit } from '../../events/commit.ts'
import { checkLink } from '../../events/commit-chain.ts'

/** A commit that was found to follow the one before it, with what its bytes say. */
export interface VerifiedCommit extends StoredCommit {
  readonly commit: Commit
}

/**
 * A build's commits, each checked against the one before it: `verifiedCommits(log.read(buildId))`. They must be read from
 * version 1 on. Throws `LogDamage` at the first commit that is missing or is not what was written, after yielding those
 * before it; what was yielded can be trusted.
 */
export async function* verifiedCommits(stored: AsyncIterable<StoredCommit>): AsyncGenerator<VerifiedCommit, void> {
  let previousHash = chainStart
  let version = 0
  for await (const link of stored) {
    version++
    const commit = checkLink(previousHash, version, link)
    previousHash = link.hash
    yield { ...link, commit }
  }
}
