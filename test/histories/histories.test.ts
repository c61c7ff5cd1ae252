import { readdirSync } from 'node:fs'
import test from 'ava'
import { LogDamage } from '../../events/log-damage.ts'
import { replayBuild, verifyReplay } from '../../machines/replay.ts'
import { commitsOf, endOf, graphsOf, readHistory } from './history.ts'

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
const damaged = names.filter((name) => name.endsWith('-damaged'))

for (const name of names.filter((candidate) => !damaged.includes(candidate))) {
  test(`${name} replays to the same state for ever`, (t) => {
    const history = readHistory(name)
    const replay = replayBuild(commitsOf(history), graphsOf(history))
    t.deepEqual(JSON.parse(JSON.stringify(endOf(replay))), history.end)
    t.deepEqual(verifyReplay(replay), [])
    t.not(replay.ended, undefined)
  })
}

for (const name of damaged) {
  test(`${name} is refused, and the error names the build and the commit`, (t) => {
    const history = readHistory(name)
    const damage = t.throws(() => replayBuild(commitsOf(history), graphsOf(history)), { instanceOf: LogDamage })
    t.is(damage.version, 3)
    t.true(damage.message.includes(history.commits[2]!.buildId))
  })
}

test('a history that lost a commit, or has one of another build, is refused', (t) => {
  const history = readHistory('format-1-succeeded')
  const other = readHistory('format-1-failed')
  const replay = (commits: typeof history.commits) => replayBuild(commitsOf({ ...history, commits }), graphsOf(history))
  const gap = t.throws(() => replay(history.commits.toSpliced(4, 1)), { instanceOf: LogDamage })
  t.is(gap.version, 5)
  t.throws(() => replay(history.commits.with(4, other.commits[4]!)), { instanceOf: LogDamage })
})

test('there is a history of every way a build can end', (t) => {
  const phases = new Set(names.filter((name) => !damaged.includes(name)).map((name) => readHistory(name).end.phase))
  t.deepEqual([...phases].sort(), ['cancelled', 'failed', 'succeeded'])
  t.true(damaged.length > 0)
})
