import test from 'ava'
import type { StoredCommit } from '../../../events/commit.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { all, buildA, chain } from './sample-commits.ts'

async function* each(commits: readonly StoredCommit[]): AsyncGenerator<StoredCommit> {
  yield* commits
}

test('a chain that holds is yielded whole, with what each commit says', async (t) => {
  const commits = chain(buildA, 4)
  const verified = await all(verifiedCommits(each(commits)))
  t.deepEqual(
    verified.map(({ commit: _, ...stored }) => stored),
    commits,
  )
  t.deepEqual(
    verified.map(({ commit }) => commit.version),
    [1, 2, 3, 4],
  )
})

test('the commits before the first damaged one are yielded, none behind it', async (t) => {
  const commits = chain(buildA, 5)
  commits[2] = chain(buildA, 3, 'another history')[2]!
  const seen: number[] = []
  const error = await t.throwsAsync(
    async () => {
      for await (const { version } of verifiedCommits(each(commits))) seen.push(version)
    },
    { instanceOf: LogDamage },
  )
  t.is(error.version, 3)
  t.deepEqual(seen, [1, 2])
})

test('a log without its first commit is damaged from the start', async (t) => {
  const error = await t.throwsAsync(all(verifiedCommits(each(chain(buildA, 3).slice(1)))), { instanceOf: LogDamage })
  t.is(error.version, 1)
})

test('an empty log holds', async (t) => {
  t.deepEqual(await all(verifiedCommits(each([]))), [])
})
