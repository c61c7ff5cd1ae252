import test from 'ava'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const lostInput = { kind: 'lost-input', message: 'a.o is nowhere to be had any more' } as const

function lost(build: BuildRig, id: string, reader: string, attempts = 1): BuildRig {
  return build.apply({ type: 'task-outputs-lost', task: build.task(id), attempts, reader: build.task(reader) })
}

test('a task whose outputs are lost runs again, and the one that was to read them waits for it', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])
  const build = new BuildRig(graph).begin().run('a').queue('b').startAttempt('b').fail('b', lostInput)
  build.take()
  lost(build, 'a', 'b')
  t.deepEqual(build.take(), ['look-up a'])
  t.is(build.status('b'), 'waiting')
  build.queue('a')
  t.deepEqual(build.take(), ['dispatch a 2 after 0'], 'with the number of its next attempt')
  build.startAttempt('a').succeed('a')
  build.queue('b')
  t.deepEqual(build.take(), ['look-up b', 'dispatch b 2 after 0'])
  t.is(build.startAttempt('b').succeed('b').phase, 'succeeded')
  const { run, failed, retried } = taskCounts(build.state)
  t.deepEqual({ run, failed, retried }, { run: 2, failed: 0, retried: 1 })
})

test('tasks that wait for it wait for it again, and those that have ended stay so', (t) => {
  const graph = sketchGraph([
    { id: 'a' },
    { id: 'done', in: ['a'] },
    { id: 'other' },
    { id: 'later', in: ['a', 'other'] },
    { id: 'b', in: ['a'] },
  ])
  const build = new BuildRig(graph, { slots: 3 })
    .begin()
    .run('a', 'done')
    .queue('b')
    .startAttempt('b')
    .fail('b', lostInput)
  lost(build, 'a', 'b').run('other')
  t.is(build.status('later'), 'waiting')
  t.is(build.status('done'), 'succeeded')
  t.is(build.run('a', 'b', 'later').phase, 'succeeded')
})

test('what is read through others that stay is waited for too', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'between', in: ['a'] }, { id: 'b', in: ['between'] }])
  const build = new BuildRig(graph).begin().run('a', 'between').queue('b').startAttempt('b').fail('b', lostInput)
  lost(build, 'a', 'b')
  t.is(build.status('b'), 'waiting')
  t.is(build.run('a', 'b').phase, 'succeeded')
})

test('two that are lost at once are both made again before their reader', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'c' }, { id: 'b', in: ['a', 'c'] }])
  const build = new BuildRig(graph).begin().run('a', 'c').queue('b').startAttempt('b').fail('b', lostInput)
  lost(lost(build, 'a', 'b'), 'c', 'b').run('a')
  t.is(build.status('b'), 'waiting')
  t.is(build.run('c', 'b').phase, 'succeeded')
})

test('a task that loses its inputs three times has failed', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])
  const build = new BuildRig(graph).begin().run('a')
  for (const attempts of [1, 2]) {
    build.queue('b').startAttempt('b').fail('b', lostInput)
    lost(build, 'a', 'b', attempts).run('a')
  }
  t.is(build.queue('b').startAttempt('b').fail('b', lostInput).phase, 'failed')
})

test('outputs are not lost of a task that has made none, or to one that reads nothing', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])
  const build = new BuildRig(graph).begin()
  t.throws(() => lost(build, 'a', 'b'), { message: /cannot follow: task 0 is looking-up/ })
  build.run('a', 'b')
  t.throws(() => lost(build, 'a', 'b'), { message: /cannot follow/ })
})

test('two readers that find out about the same loss both wait for one run', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }, { id: 'c', in: ['a'] }])
  const build = new BuildRig(graph, { slots: 2 }).begin().run('a')
  for (const id of ['b', 'c']) build.queue(id).startAttempt(id).fail(id, lostInput)
  build.take()
  lost(lost(build, 'a', 'b'), 'a', 'c')
  t.deepEqual(build.take(), ['look-up a'])
  t.is(build.status('c'), 'waiting')
  t.is(build.run('a', 'b', 'c').phase, 'succeeded')
})
