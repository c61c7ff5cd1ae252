import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig, requester } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const counts = { total: 0, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
const chain = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])

test('a request asks for a plan', (t) => {
  const build = new BuildRig(chain).request()
  t.deepEqual(build.take(), ['plan-build'])
  t.is(build.phase, 'requested')
})

test('a build goes from requested over planned and running to succeeded', (t) => {
  const build = new BuildRig(chain).request().plan()
  t.is(build.phase, 'planned')
  build.start()
  t.is(build.phase, 'running')
  build.run('a', 'b')
  t.is(build.phase, 'succeeded')
  t.deepEqual(build.log.at(-1), { type: 'build-succeeded', counts: { ...counts, total: 2, run: 2 } })
})

test('a plan without anything to do succeeds as soon as it is started', (t) => {
  const build = new BuildRig(chain, { upToDate: ['a', 'b'] }).begin()
  t.deepEqual(build.recorded, ['build-succeeded'])
  t.deepEqual(taskCounts(build.state), { ...counts, total: 2, upToDate: 2 })
})

test('a graph without tasks succeeds as soon as it is started', (t) => {
  t.is(new BuildRig(sketchGraph([])).begin().phase, 'succeeded')
})

test('a build that cannot be planned fails with a message', (t) => {
  const build = new BuildRig(chain).request().apply({ type: 'build-failed', counts, message: 'no such file' })
  t.is(build.phase, 'failed')
  t.is(build.state.message, 'no such file')
})

test('a build that fails while tasks run has them stopped', (t) => {
  const build = new BuildRig(chain).begin()
  build.take()
  build.apply({ type: 'build-failed', counts: taskCounts(build.state), message: 'dyndep file is broken' })
  t.deepEqual(build.take(), ['stop-tasks'])
})

test('a build is cancelled while requested, planned or running', (t) => {
  for (const build of [
    new BuildRig(chain).request(),
    new BuildRig(chain).request().plan(),
    new BuildRig(chain).begin(),
  ]) {
    build.take()
    build.cancel()
    t.is(build.phase, 'cancelled')
    t.deepEqual(build.take(), ['stop-tasks'])
  }
})

test('cancelling ends tasks that wait, are looked up, queued and running, and keeps what has ended', (t) => {
  const graph = sketchGraph([
    { id: 'done' },
    { id: 'running' },
    { id: 'queued' },
    { id: 'looked-up' },
    { id: 'ready' },
    { id: 'waiting', in: ['ready'] },
  ])
  const build = new BuildRig(graph, { slots: 3 }).begin().run('done')
  build.queue('running').startAttempt('running').queue('queued').cancel()
  t.is(build.status('done'), 'succeeded')
  for (const id of ['running', 'queued', 'looked-up', 'ready', 'waiting']) t.is(build.status(id), 'cancelled', id)
  t.deepEqual(taskCounts(build.state), { ...counts, total: 6, run: 1, cancelled: 5 })
  t.is(build.state.plan!.actors.size, 0)
})

test('a resumed build is planned again, and what had finished counts as up to date', (t) => {
  const build = new BuildRig(chain).begin().run('a').queue('b').startAttempt('b')
  build.take()
  build.resume()
  t.is(build.phase, 'requested')
  t.deepEqual(build.take(), ['plan-build'])
  build.plan(['a']).start()
  t.deepEqual(build.take(), ['look-up b'])
  build.run('b')
  t.deepEqual(build.log.at(-1), { type: 'build-succeeded', counts: { ...counts, total: 2, upToDate: 1, run: 1 } })
})

test('a build is resumed while requested, planned or running, and again after that', (t) => {
  for (const build of [
    new BuildRig(chain).request(),
    new BuildRig(chain).request().plan(),
    new BuildRig(chain).begin(),
  ]) {
    build.resume().resume().plan().start().run('a', 'b')
    t.is(build.phase, 'succeeded')
  }
})

test('attempts that were retried before a build was resumed still count', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a', retries: 1 }])).begin().queue('a').startAttempt('a').fail('a')
  build.resume().plan().start().run('a')
  t.is(taskCounts(build.state).retried, 1)
})

test('file versions keep their numbers when a build is resumed', (t) => {
  const build = new BuildRig(chain).begin()
  build.apply({ type: 'files-digested', files: [['a.c', null]] }).resume()
  build.apply({ type: 'files-digested', files: [['b.c', null]] })
  t.deepEqual(build.state.fileVersions, [
    ['a.c', null],
    ['b.c', null],
  ])
})

const startedEvent: BuildEvent = { type: 'build-started', slots: 1 }
const resumed: BuildEvent = { type: 'build-resumed', requester }
const succeeded: BuildEvent = { type: 'build-succeeded', counts }
const failed: BuildEvent = { type: 'build-failed', counts }
const cancelled: BuildEvent = { type: 'build-cancelled', reason: 'superseded', counts }
const digested: BuildEvent = { type: 'files-digested', files: [] }
const skipped: BuildEvent = { type: 'tasks-skipped', tasks: [0, 1] }
const tasksCancelled: BuildEvent = { type: 'tasks-cancelled', tasks: [0, 1] }
const taskUpToDate: BuildEvent = { type: 'task-up-to-date', task: 0 }
const dyndep: BuildEvent = { type: 'dyndep-loaded', file: 'a', tasks: [] }
const planned: BuildEvent = {
  type: 'build-planned',
  graph: '',
  upToDate: [],
  discovered: [],
  dyndeps: [],
  durations: [],
}

test('nothing comes before the request, and the request comes once', (t) => {
  for (const event of [planned, startedEvent, resumed, succeeded, failed, cancelled, digested, skipped, taskUpToDate])
    t.throws(() => new BuildRig(chain).apply(event), { message: /cannot follow before build-requested/ }, event.type)
  t.throws(() => new BuildRig(chain).request().request(), { message: /requested twice/ })
})

test('a requested build cannot start, succeed or have tasks', (t) => {
  for (const event of [startedEvent, succeeded, skipped, tasksCancelled, taskUpToDate, dyndep])
    t.throws(() => new BuildRig(chain).request().apply(event), { message: /cannot follow in phase requested/ })
})

test('a planned build cannot be planned again, succeed, skip or run tasks before it is started', (t) => {
  for (const event of [planned, succeeded, skipped, taskUpToDate, dyndep])
    t.throws(() => new BuildRig(chain).request().plan().apply(event), { message: /cannot follow in phase planned/ })
})

test('a running build cannot be planned or started again', (t) => {
  for (const event of [planned, startedEvent])
    t.throws(() => new BuildRig(chain).begin().apply(event), { message: /cannot follow in phase running/ })
})

test('a build cannot succeed before its tasks have', (t) => {
  t.throws(() => new BuildRig(chain).begin().apply(succeeded), { message: /before every task has ended well/ })
  const build = new BuildRig(chain, { request: { failuresMax: 2 } }).begin().queue('a').startAttempt('a')
  t.throws(() => build.apply(succeeded), { message: /before every task has ended well/ })
})

test('nothing follows the end of a build', (t) => {
  const ends = [
    () => new BuildRig(chain).begin().run('a', 'b'),
    () => new BuildRig(chain).begin().runBadly('a'),
    () => new BuildRig(chain).begin().cancel(),
  ]
  const all = [planned, startedEvent, resumed, succeeded, failed, cancelled, digested, skipped, tasksCancelled, dyndep]
  for (const end of ends)
    for (const event of [...all, taskUpToDate])
      t.throws(() => end().apply(event), { message: /cannot follow in phase/ }, event.type)
})

test('a refused event leaves the build as it was', (t) => {
  const build = new BuildRig(chain).begin()
  t.throws(() => build.apply({ type: 'tasks-cancelled', tasks: [0, 3] }))
  t.throws(() => build.apply({ type: 'task-up-to-date', task: 1 }))
  t.is(build.run('a', 'b').phase, 'succeeded')
})
