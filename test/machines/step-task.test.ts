import test from 'ava'
import type { FailureKind } from '../../events/failure.ts'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig, userFailure, workerLost } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const one = (retries = 0) => new BuildRig(sketchGraph([{ id: 'a', retries }])).begin()

test('a ready task with a slot is looked up', (t) => {
  const build = one()
  t.deepEqual(build.take(), ['look-up a'])
  t.is(build.status('a'), 'looking-up')
})

test('a task found up to date runs nothing', (t) => {
  const build = one()
  build.take()
  build.upToDate('a')
  t.deepEqual(build.take(), [])
  t.is(build.status('a'), 'up-to-date')
  t.is(build.phase, 'succeeded')
})

test('a task whose result the cache had is made, and what waits for it goes on', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])).begin()
  build.take()
  t.deepEqual(build.cached('a').take(), ['look-up b'])
  t.is(build.status('a'), 'cached')
  build.queue('b').startAttempt('b').succeed('b')
  t.is(build.phase, 'succeeded')
  t.like(taskCounts(build.state), { total: 2, cached: 1, run: 1 })
  t.throws(() => build.cached('b'), { message: /cannot follow/ })
})

test('a result that the log holds is then given to the cache, where it was offered', (t) => {
  const build = one().queue('a').startAttempt('a')
  build.take()
  t.deepEqual(build.succeed('a', 1, 'a'.repeat(64)).take(), ['keep-result'])
  const unwanted = one().queue('a').startAttempt('a')
  unwanted.take()
  t.deepEqual(unwanted.succeed('a').take(), [])
})

test('a queued task is dispatched at once, as attempt 1', (t) => {
  const build = one()
  build.take()
  t.deepEqual(build.queue('a').take(), ['dispatch a 1 after 0'])
  t.is(build.status('a'), 'queued')
  t.is(build.startAttempt('a').status('a'), 'running')
  t.is(build.succeed('a').status('a'), 'succeeded')
})

test('a failure of the command is not tried again by itself', (t) => {
  const kinds: readonly FailureKind[] = ['user', 'timeout', 'out-of-memory', 'invalid']
  for (const kind of kinds) {
    const build = one().queue('a').startAttempt('a').fail('a', { kind, message: 'x' })
    t.is(build.status('a'), 'failed', kind)
    t.is(build.phase, 'failed')
  }
})

test('a failure of the command is tried again as often as the task says', (t) => {
  const build = one(2).queue('a')
  build.take()
  build.startAttempt('a').fail('a')
  t.is(build.status('a'), 'queued')
  t.deepEqual(build.take(), ['dispatch a 2 after 100'])
  build.startAttempt('a').fail('a')
  t.deepEqual(build.take(), ['dispatch a 3 after 200'])
  build.startAttempt('a').fail('a')
  t.is(build.status('a'), 'failed')
  t.is(taskCounts(build.state).retried, 2)
})

test('a task whose worker was lost is tried three times', (t) => {
  for (const kind of ['worker-lost', 'infrastructure'] as const) {
    const build = one().queue('a')
    for (const attempt of [1, 2]) {
      build.startAttempt('a', attempt).fail('a', { kind, message: 'x' })
      t.is(build.status('a'), 'queued')
    }
    build.startAttempt('a').fail('a', { kind, message: 'x' })
    t.is(build.status('a'), 'failed')
    t.is(taskCounts(build.state).retried, 2)
  }
})

test('lost workers do not use up the retries of the task', (t) => {
  const build = one(1).queue('a')
  build.startAttempt('a').fail('a', workerLost).startAttempt('a').fail('a', userFailure)
  t.is(build.status('a'), 'queued')
  build.startAttempt('a').fail('a', workerLost)
  t.is(build.status('a'), 'queued')
  build.startAttempt('a').fail('a', userFailure)
  t.is(build.status('a'), 'failed')
})

test('failures of the command do not use up what lost workers may cost', (t) => {
  const build = one(5).queue('a')
  for (let i = 0; i < 5; i++) build.startAttempt('a').fail('a', userFailure)
  build.startAttempt('a').fail('a', workerLost)
  t.is(build.status('a'), 'queued')
})

test('events of another attempt than the one under way are refused', (t) => {
  const build = one(1).queue('a')
  t.throws(() => build.startAttempt('a', 2), { message: /task 0, attempt 2, in status queued \(attempt 1\)/ })
  build.startAttempt('a')
  t.throws(() => build.succeed('a', 2))
  t.throws(() => build.fail('a', userFailure, 2))
  build.fail('a')
  t.throws(() => build.startAttempt('a', 1), { message: /attempt 1, in status queued \(attempt 2\)/ })
  build.startAttempt('a')
  t.throws(() => build.succeed('a', 1))
  t.is(build.succeed('a').phase, 'succeeded')
})

test('events out of their order are refused in every state of a task', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'z', in: ['a'] }])
  const lookingUp = () => new BuildRig(graph).begin()
  const queued = () => lookingUp().queue('a')
  const running = () => queued().startAttempt('a')
  const ended = () => running().succeed('a')
  const refused = [
    ...[lookingUp, running, ended].map((build) => () => build().startAttempt('a')),
    ...[lookingUp, queued, ended].map((build) => () => build().succeed('a')),
    ...[lookingUp, queued, ended].map((build) => () => build().fail('a')),
    ...[queued, running, ended].map((build) => () => build().queue('a')),
    ...[queued, running, ended].map((build) => () => build().upToDate('a')),
  ]
  for (const attempt of refused) t.throws(attempt, { message: /of task 0.* in status/ })
})

test('a task that waits, or that the graph does not have, has no events', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }, { id: 'z', in: ['a'] }])).begin()
  t.throws(() => build.queue('z'), { message: /task 1 in status waiting/ })
  t.throws(() => build.apply({ type: 'task-up-to-date', task: 9 }), { message: /the graph has 2 tasks/ })
})

test('only tasks that have not begun are skipped, and only tasks that have not ended are cancelled', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }, { id: 'b' }, { id: 'unwanted' }]), {
    request: { targets: ['a', 'b'] },
  }).begin()
  build.queue('a')
  t.throws(() => build.apply({ type: 'tasks-skipped', tasks: [0, 1] }), { message: /task 0 is queued/ })
  build.startAttempt('a').succeed('a')
  t.throws(() => build.apply({ type: 'tasks-cancelled', tasks: [0, 1] }), { message: /task 0 is succeeded/ })
  t.throws(() => build.apply({ type: 'tasks-cancelled', tasks: [2, 1] }), { message: /task 2 is unwanted/ })
  t.throws(() => build.apply({ type: 'tasks-cancelled', tasks: [7, 1] }), { message: /task 7 is not in the graph/ })
})
