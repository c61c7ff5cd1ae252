import test from 'ava'
import { taskCounts } from '../../machines/build-state.ts'
import { BuildRig } from './build-rig.ts'
import { sketchGraph } from './sketch-graph.ts'

test('a task waits for all that it names, each as often as it names it', (t) => {
  const graph = sketchGraph([
    { id: 'a', out: ['a.o', 'a.h'] },
    { id: 'b' },
    { id: 'c', in: ['a.o', 'a.h', 'a.o'], orderOnly: ['a.o', 'b'] },
  ])
  const build = new BuildRig(graph, { slots: 9 }).begin().run('a')
  t.is(build.status('c'), 'waiting')
  build.run('b')
  t.is(build.status('c'), 'looking-up')
})

test('phony tasks run nothing and pass on at once, also in chains', (t) => {
  const graph = sketchGraph([
    { id: 'all', in: ['group'], phony: true },
    { id: 'group', in: ['empty', 'a'], phony: true },
    { id: 'empty', phony: true },
    { id: 'a', in: ['empty'] },
    { id: 'b', orderOnly: ['all'] },
  ])
  const build = new BuildRig(graph).begin()
  t.deepEqual(build.take(), ['look-up a'])
  t.is(build.status('empty'), 'reached')
  t.is(build.status('group'), 'waiting')
  build.run('a')
  t.is(build.status('all'), 'reached')
  t.is(build.run('b').phase, 'succeeded')
  t.is(taskCounts(build.state).total, 2)
})

test('only what the targets need is wanted', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }, { id: 'c' }])
  const build = new BuildRig(graph, { request: { targets: ['b'] } }).begin()
  t.is(build.status('c'), 'unwanted')
  t.is(build.run('a', 'b').phase, 'succeeded')
  t.is(taskCounts(build.state).total, 2)
})

test('validations are built without anybody waiting for them', (t) => {
  const graph = sketchGraph([
    { id: 'a', validations: ['check'] },
    { id: 'b', in: ['a'] },
    { id: 'check', in: ['b'] },
  ])
  const build = new BuildRig(graph, { request: { targets: ['a'] } }).begin()
  t.is(build.run('a').phase, 'running')
  t.is(build.run('b', 'check').phase, 'succeeded')
})

test('a build goes on behind the tasks that are up to date', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }, { id: 'c', in: ['b'] }, { id: 'd', in: ['c'] }])
  const build = new BuildRig(graph, { upToDate: ['a', 'b'] }).begin()
  t.deepEqual(build.take(), ['look-up c'])
  build.run('c').upToDate('d')
  const { total, upToDate, run } = taskCounts(build.state)
  t.deepEqual({ total, upToDate, run }, { total: 4, upToDate: 3, run: 1 })
})

test('inputs that earlier runs discovered are waited for, and their makers are wanted', (t) => {
  const graph = sketchGraph([{ id: 'use' }, { id: 'generate' }])
  const options = { slots: 2, request: { targets: ['use'] }, planned: { discovered: [0, 1, 0, 1] } }
  const build = new BuildRig(graph, options).begin()
  t.deepEqual(build.take(), ['look-up generate'])
  t.is(build.run('generate', 'use').phase, 'succeeded')
})

test('a plan in which tasks wait for each other is refused', (t) => {
  const graph = sketchGraph([{ id: 'a' }, { id: 'b', in: ['a'] }])
  const build = new BuildRig(graph, { planned: { discovered: [0, 1] } }).request()
  t.throws(() => build.plan(), { message: /wait for each other/ })
  t.is(build.phase, 'requested')
})

test('a plan whose targets the graph does not have is refused', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }]), { request: { targets: ['zzzzzz'] } }).request()
  t.throws(() => build.plan(), { message: /unknown target 'zzzzzz'/ })
})

test('a resumed build may be planned from another graph', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }, { id: 'b' }])).begin().run('a').resume()
  t.is(build.state.plan, undefined)
  t.is(build.plan(['a']).start().run('b').phase, 'succeeded')
})
