import test from 'ava'
import { digestOf } from '../../events/digest.ts'
import { BuildRig, requester } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const takenOver = { type: 'build-taken-over', requester } as const

test('a build that is taken over while it runs goes on with what nobody may be doing', (t) => {
  const graph = sketchGraph([{ id: 'done' }, { id: 'looked-up' }, { id: 'queued' }, { id: 'running' }])
  const build = new BuildRig(graph, { slots: 4 }).begin().run('done').queue('queued')
  build.queue('running').startAttempt('running').take()
  build.apply(takenOver)
  t.deepEqual([...build.take()].sort(), ['dispatch queued 1 after 0', 'look-up looked-up'])
  t.is(build.status('done'), 'succeeded')
  t.is(build.succeed('running').run('looked-up').startAttempt('queued').succeed('queued').phase, 'succeeded')
})

test('an attempt that was tried again is ordered with its own number', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }])).begin().queue('a').startAttempt('a')
  build.fail('a', { kind: 'worker-lost', message: 'gone' }).take()
  build.apply(takenOver)
  t.deepEqual(build.take(), ['dispatch a 2 after 0'])
})

test('a build that is taken over before it runs is planned again', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }])).request()
  build.take()
  t.deepEqual(build.apply(takenOver).take(), ['plan-build'])
  build.plan()
  t.deepEqual(build.apply(takenOver).take(), ['plan-build'])
  t.is(build.phase, 'requested')
  t.is(build.plan().start().run('a').phase, 'succeeded')
})

test('prepared sources are known from then on, and only before the plan', (t) => {
  const prepared = { type: 'source-prepared', inputRoot: digestOf('tree'), platform: 'p' } as const
  const build = new BuildRig(sketchGraph([{ id: 'a' }])).request().apply(prepared).apply(takenOver)
  t.deepEqual(build.state.source, { inputRoot: digestOf('tree'), platform: 'p' })
  build.plan().start()
  t.throws(() => build.apply(prepared), { message: /cannot follow/ })
})

test('a warning changes nothing', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }])).begin()
  build.take()
  t.deepEqual(build.apply({ type: 'build-warned', message: 'no cache' }).take(), [])
  t.is(build.run('a').phase, 'succeeded')
  t.throws(() => build.apply({ type: 'build-warned', message: 'late' }), { message: /cannot follow/ })
})
