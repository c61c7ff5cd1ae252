import test from 'ava'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig, workerLost } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const four = sketchGraph([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }])
const withLimit = (failuresMax: number, slots = 1) => new BuildRig(four, { slots, request: { failuresMax } }).begin()

test('with a limit of 1 the first failure ends the build, and the rest is skipped', (t) => {
  const build = withLimit(1).runBadly('a')
  t.deepEqual(build.recorded.slice(-3), ['task-attempt-failed', 'tasks-skipped', 'build-failed'])
  t.is(build.phase, 'failed')
  const { failed, skipped, total } = taskCounts(build.state)
  t.deepEqual({ failed, skipped, total }, { failed: 1, skipped: 3, total: 4 })
  const end = build.log.at(-1)
  t.deepEqual(end?.type === 'build-failed' ? end.counts : undefined, taskCounts(build.state))
})

test('what runs when the limit is reached comes to its end, and nothing further is looked up', (t) => {
  const build = withLimit(1, 2).queue('a').startAttempt('a').queue('b').startAttempt('b')
  build.take()
  build.fail('a')
  t.is(build.phase, 'running')
  t.deepEqual(build.take(), [])
  build.succeed('b')
  t.is(build.phase, 'failed')
  const { run, failed, skipped } = taskCounts(build.state)
  t.deepEqual({ run, failed, skipped }, { run: 1, failed: 1, skipped: 2 })
})

test('with a limit of 2 the second failure ends the build', (t) => {
  const build = withLimit(2).runBadly('a')
  t.is(build.phase, 'running')
  build.run('b').runBadly('c')
  t.is(build.phase, 'failed')
  t.is(build.status('d'), 'skipped')
})

test('without a limit all that can run does', (t) => {
  const build = withLimit(0).runBadly('a').runBadly('b').run('c').runBadly('d')
  t.is(build.phase, 'failed')
  const { run, failed, skipped } = taskCounts(build.state)
  t.deepEqual({ run, failed, skipped }, { run: 1, failed: 3, skipped: 0 })
  t.false(build.recorded.includes('tasks-skipped'))
})

test('what needs a failed task is skipped, also through phony tasks, and phony tasks count nowhere', (t) => {
  const graph = sketchGraph([
    { id: 'bad' },
    { id: 'group', in: ['bad'], phony: true },
    { id: 'user', in: ['group'] },
    { id: 'other' },
  ])
  const build = new BuildRig(graph, { request: { failuresMax: 0 } }).begin().runBadly('bad').run('other')
  t.is(build.status('user'), 'skipped')
  const { total, run, failed, skipped } = taskCounts(build.state)
  t.deepEqual({ total, run, failed, skipped }, { total: 3, run: 1, failed: 1, skipped: 1 })
})

test('an attempt that is tried again is not a failure of the build', (t) => {
  const build = withLimit(1).queue('a').startAttempt('a').fail('a', workerLost)
  t.is(build.phase, 'running')
  t.is(build.startAttempt('a').succeed('a').run('b', 'c', 'd').phase, 'succeeded')
})
