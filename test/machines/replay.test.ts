import test from 'ava'
import type { BuildEvent, TaskCounts } from '../../events/build-events.ts'
import { type Commit, chainStart } from '../../events/commit.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { phaseOf } from '../../machines/build-state.ts'
import { replayBuild, verifyReplay } from '../../machines/replay.ts'
import { BuildRig } from './build-rig.ts'
import { summarize } from './random-driver.ts'
import { sketchGraph } from './sketch-graph.ts'

const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])
const graphOf = () => graph

/** One event per commit, made at 100, 200, ... */
function commitsOf(events: readonly BuildEvent[]): Commit[] {
  return events.map((event, i) => ({
    v: 1,
    buildId: '01j00000000000000000000000',
    version: i + 1,
    epoch: 1,
    prev: chainStart,
    at: (i + 1) * 100,
    events: [event],
  }))
}

test('a replay comes to the state of the live run', (t) => {
  const live = new BuildRig(graph).begin().run('a').runBadly('b')
  const replay = replayBuild(commitsOf(live.log), graphOf)
  t.deepEqual(summarize(replay.state), summarize(live.state))
  t.is(replay.commits, live.log.length)
  t.is(replay.ended, live.log.at(-1) as typeof replay.ended)
  t.deepEqual(verifyReplay(replay), [])
})

test('a replay stops behind a version, or before a time', (t) => {
  const commits = commitsOf(new BuildRig(graph).begin().run('a', 'b').log)
  const early = replayBuild(commits, graphOf, { version: 2 })
  t.is(phaseOf(early.state), 'planned')
  t.is(early.commits, 2)
  t.is(early.ended, undefined)
  t.deepEqual(verifyReplay(early), [])
  t.is(replayBuild(commits, graphOf, { at: 399 }).commits, 3)
  t.is(replayBuild(commits, graphOf, { at: 400 }).commits, 4)
  t.is(phaseOf(replayBuild(commits, graphOf, { version: 0 }).state), 'requested')
})

test('an event that cannot follow is damage, with build, commit and event', (t) => {
  const commits = commitsOf(new BuildRig(graph).begin().log)
  const events: readonly BuildEvent[] = [
    { type: 'files-digested', files: [] },
    { type: 'task-up-to-date', task: 1 },
  ]
  commits.push({ ...commits[0]!, version: 4, events })
  const damage = t.throws(() => replayBuild(commits, graphOf), { instanceOf: LogDamage })
  t.is(
    damage.message,
    'commit 4 of build 01j00000000000000000000000 is damaged: event 2 of 2: task-up-to-date cannot follow of task 1 in status waiting',
  )
})

test('commits of several builds, or with a gap, are damage', (t) => {
  const commits = commitsOf(new BuildRig(graph).begin().log)
  const gap = t.throws(() => replayBuild(commits.toSpliced(1, 1), graphOf), { instanceOf: LogDamage })
  t.regex(gap.message, /commit 2 .* is missing, commit 3 stands in its place/)
  t.throws(() => replayBuild(commits.with(1, { ...commits[1]!, buildId: 'other' }), graphOf), {
    instanceOf: LogDamage,
    message: /a commit of build other stands in its place/,
  })
  t.throws(() => replayBuild([], graphOf), { message: 'there is no commit to replay' })
})

test('a log that looked up fewer tasks ahead than would be looked up now replays all the same', (t) => {
  const wide = sketchGraph([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }])
  const { log } = new BuildRig(wide, { runMs: 1000 }).begin().run('a').runBadly('b')
  const short = log.map((event) => ('phases' in event ? { ...event, phases: { ...event.phases, runMs: 1 } } : event))
  const replay = replayBuild(commitsOf(short), () => wide)
  t.is(replay.ended?.type, 'build-failed')
  t.deepEqual(verifyReplay(replay), [])
})

test('a replay that comes to other counts than were recorded says which', (t) => {
  const commits = commitsOf(new BuildRig(graph).begin().run('a', 'b').log)
  const counts: TaskCounts = {
    total: 2,
    upToDate: 1,
    cached: 0,
    run: 1,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    retried: 0,
  }
  const wrong = commits.with(-1, { ...commits.at(-1)!, events: [{ type: 'build-succeeded', counts }] })
  t.deepEqual(verifyReplay(replayBuild(wrong, graphOf)), [
    'tasks upToDate: recorded 1, replayed 0',
    'tasks run: recorded 1, replayed 2',
  ])
})

test('a replay that leaves tasks open at the recorded end says so', (t) => {
  const { log } = new BuildRig(graph).begin()
  const counts = { total: 2, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
  const replay = replayBuild(commitsOf([...log, { type: 'build-failed', counts }]), graphOf)
  t.deepEqual(verifyReplay(replay), [
    'tasks waiting: none may be left at the end, replayed 1',
    'tasks looking-up: none may be left at the end, replayed 1',
  ])
})
