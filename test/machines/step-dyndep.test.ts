import test from 'ava'
import type { DyndepTask } from '../../events/task-events.ts'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

const loaded = (file: string, ...tasks: readonly DyndepTask[]) => ({ type: 'dyndep-loaded', file, tasks }) as const
const adds = (task: number, inputs: readonly string[], outputs: readonly string[] = []) => ({ task, inputs, outputs })

test('what a dyndep file said when the build was planned counts from the start', (t) => {
  const graph = sketchGraph([{ id: 'use', dyndep: 'dd' }, { id: 'make' }])
  const dyndeps = [{ file: 'dd', tasks: [adds(0, ['make'])] }]
  const build = new BuildRig(graph, { slots: 2, request: { targets: ['use'] }, planned: { dyndeps } }).begin()
  t.deepEqual(build.take(), ['look-up make'])
  t.is(build.run('make', 'use').phase, 'succeeded')
})

test('a dyndep file is read once it is made, and its tasks wait for that', (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'use', dyndep: 'dd' }])
  const build = new BuildRig(graph, { slots: 2 }).begin().run('dd')
  t.deepEqual(build.take().at(-1), 'load dd')
  t.is(build.status('use'), 'waiting')
  t.is(build.phase, 'running')
  build.apply(loaded('dd', adds(1, [])))
  t.deepEqual(build.take(), ['look-up use'])
  t.is(build.run('use').phase, 'succeeded')
})

test('a dyndep file that is there at the start, or made by a phony task, is read too', (t) => {
  const source = new BuildRig(sketchGraph([{ id: 'use', dyndep: 'source.dd' }])).begin()
  t.deepEqual(source.take(), ['load source.dd'])
  t.is(source.apply(loaded('source.dd', adds(0, []))).run('use').phase, 'succeeded')
  const phony = sketchGraph([{ id: 'a' }, { id: 'dd', in: ['a'], phony: true }, { id: 'use', dyndep: 'dd' }])
  const build = new BuildRig(phony).begin().run('a')
  t.is(build.take().at(-1), 'load dd')
  t.is(build.apply(loaded('dd', adds(2, []))).run('use').phase, 'succeeded')
})

test('an input that a dyndep file adds makes its maker wanted, and all that one needs', (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'use', dyndep: 'dd' }, { id: 'make', in: ['deep'] }, { id: 'deep' }])
  const build = new BuildRig(graph, { slots: 2, request: { targets: ['use'] } }).begin().run('dd')
  t.is(build.status('make'), 'unwanted')
  build.apply(loaded('dd', adds(1, ['make', 'some.h'])))
  t.is(build.status('use'), 'waiting')
  t.is(build.run('deep', 'make', 'use').phase, 'succeeded')
  t.is(taskCounts(build.state).total, 4)
})

test('a task that becomes wanted and has a dyndep file of its own waits for that one', (t) => {
  const graph = sketchGraph([
    { id: 'dd1' },
    { id: 'use', dyndep: 'dd1' },
    { id: 'dd2' },
    { id: 'make', dyndep: 'dd2' },
    { id: 'late' },
  ])
  const build = new BuildRig(graph, { slots: 2, request: { targets: ['use'] } }).begin().run('dd1')
  build.apply(loaded('dd1', adds(1, ['make']))).run('dd2')
  t.is(build.status('make'), 'waiting')
  build.apply(loaded('dd2', adds(3, ['late']))).run('late', 'make', 'use')
  t.is(build.phase, 'succeeded')
})

test('a task that becomes wanted after its dyndep file was read does not wait for it any more', (t) => {
  const graph = sketchGraph([
    { id: 'dd1' },
    { id: 'dd2', in: ['dd1'] },
    { id: 'use', dyndep: 'dd2' },
    { id: 'make', dyndep: 'dd1' },
  ])
  const build = new BuildRig(graph, { request: { targets: ['use'] } }).begin().run('dd1')
  build.apply(loaded('dd1', adds(3, []))).run('dd2')
  build.apply(loaded('dd2', adds(2, ['make']))).run('make', 'use')
  t.is(build.phase, 'succeeded')
})

test('tasks that wait, and ready ones that have not begun, wait for an output that a dyndep file adds', (t) => {
  const graph = sketchGraph([
    { id: 'dd' },
    { id: 'make', dyndep: 'dd' },
    { id: 'waits', in: ['mod', 'dd'] },
    { id: 'ready', in: ['mod'], pool: 'console' },
    { id: 'ready-too', in: ['other.c'], pool: 'console' },
  ])
  const build = new BuildRig(graph).begin().run('dd')
  build.take()
  build.apply(loaded('dd', adds(1, [], ['mod'])))
  t.is(build.status('ready'), 'waiting')
  t.is(build.status('waits'), 'waiting')
  for (let looked = build.take(); build.phase === 'running'; looked = build.take())
    for (const effect of looked) if (effect.startsWith('look-up ')) build.run(effect.slice(8))
  const order = build.log.flatMap((event) => (event.type === 'task-queued' ? [graph.tasks[event.task]!.id] : []))
  t.is(build.phase, 'succeeded')
  t.true(order.indexOf('make') < order.indexOf('ready'))
  t.true(order.indexOf('make') < order.indexOf('waits'))
  t.is(new Set(order).size, 5)
})

test('an output that a dyndep file adds is found by what a former dyndep file added as input', (t) => {
  const graph = sketchGraph([
    { id: 'dd1' },
    { id: 'dd2' },
    { id: 'use', in: ['dd2'], dyndep: 'dd1' },
    { id: 'make', dyndep: 'dd2' },
  ])
  const build = new BuildRig(graph, { slots: 2 }).begin().run('dd1')
  build.apply(loaded('dd1', adds(2, ['m.mod']))).run('dd2')
  build.apply(loaded('dd2', adds(3, [], ['m.mod'])))
  t.is(build.status('use'), 'waiting')
  t.is(build.run('make', 'use').phase, 'succeeded')
})

test('an output that another task makes is refused, and the build stays as it was', (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'a', dyndep: 'dd' }, { id: 'b', dyndep: 'dd' }, { id: 'c' }])
  const build = new BuildRig(graph).begin().run('dd')
  t.throws(() => build.apply(loaded('dd', adds(1, [], ['c']))), { message: 'multiple tasks make c: c and a' })
  const twice = loaded('dd', adds(1, [], ['new']), adds(2, [], ['new']))
  t.throws(() => build.apply(twice), { message: 'multiple tasks make new: a and b' })
  build.apply(loaded('dd', adds(1, [], ['new']), adds(2, ['new'])))
  t.is(build.run('a', 'b', 'c').phase, 'succeeded')
})

test('tasks that would wait for each other are refused, and the build stays as it was', (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'a', dyndep: 'dd' }, { id: 'b', in: ['a'] }])
  const build = new BuildRig(graph).begin().run('dd')
  t.throws(() => build.apply(loaded('dd', adds(1, ['b']))), { message: 'dependency cycle: a -> b -> a' })
  t.is(build.apply(loaded('dd', adds(1, []))).run('a', 'b').phase, 'succeeded')
})

test('a dyndep file that nobody waits for, or that is not made yet, cannot have been read', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'dd' }, { id: 'use', dyndep: 'dd' }])).begin()
  t.throws(() => build.apply(loaded('dd')), { message: /before dd is made/ })
  t.throws(() => build.apply(loaded('use')), { message: /no task waits for use/ })
  build.run('dd').apply(loaded('dd', adds(1, [])))
  t.throws(() => build.apply(loaded('dd')), { message: /no task waits for dd/ })
})

test('nothing further is looked up while a dyndep file is being read', (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'use', dyndep: 'dd' }, { id: 'other', in: ['dd'] }])
  const build = new BuildRig(graph, { slots: 2 }).begin()
  build.take()
  t.deepEqual(build.run('dd').take(), ['dispatch dd 1 after 0', 'load dd'])
  t.deepEqual(build.apply(loaded('dd', adds(1, ['other']))).take(), ['look-up other'])
})

test('a build does not end while a dyndep file is being read', (t) => {
  const graph = sketchGraph([{ id: 'bad' }, { id: 'dd' }, { id: 'use', dyndep: 'dd' }])
  const build = new BuildRig(graph, { slots: 2, request: { failuresMax: 0 } }).begin().run('dd').runBadly('bad')
  t.is(build.phase, 'running')
  build.apply(loaded('dd', adds(2, []))).run('use')
  t.is(build.phase, 'failed')
  t.is(build.status('use'), 'succeeded')
})
