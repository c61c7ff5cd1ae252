import test from 'ava'
import { BuildRig, type RigOptions } from './build-rig.ts'
import { sketchGraph, type TaskSketch } from './sketch-graph.ts'

/** Builds with one slot, and tells in which order the tasks were looked up. */
function orderOf(sketches: readonly TaskSketch[], options: RigOptions = {}, pools: Record<string, number> = {}) {
  const build = new BuildRig(sketchGraph(sketches, { pools }), options).begin()
  const order: string[] = []
  for (let looked = build.take(); looked.length > 0; looked = build.take()) {
    const next = looked.filter((effect) => effect.startsWith('look-up ')).map((effect) => effect.slice(8))
    order.push(...next)
    build.run(...next)
  }
  return order
}

test('as many tasks are under way as there are slots, and each end lets one more in', (t) => {
  const build = new BuildRig(sketchGraph([{ id: 'a' }, { id: 'b' }, { id: 'c' }]), { slots: 2 }).begin()
  t.deepEqual(build.take(), ['look-up a', 'look-up b'])
  build.queue('b').startAttempt('b')
  t.deepEqual(build.take(), ['dispatch b 1 after 0'])
  build.succeed('b')
  t.deepEqual(build.take(), ['look-up c'])
})

test('while attempts are short, four further tasks a slot are dispatched ahead', (t) => {
  const graph = sketchGraph([...'abcdefgh'].map((id) => ({ id })))
  const build = new BuildRig(graph, { slots: 1, runMs: 1 }).begin()
  t.deepEqual(build.take(), ['look-up a'])
  build.run('a')
  t.deepEqual(build.take().slice(1), ['look-up b', 'look-up c', 'look-up d', 'look-up e', 'look-up f'])
})

test('tasks dispatched ahead are taken back when the build reaches its failure limit', (t) => {
  const graph = sketchGraph([...'abcd'].map((id) => ({ id })))
  const build = new BuildRig(graph, { slots: 1, runMs: 1 }).begin().run('a').queue('b').queue('c').queue('d')
  build.startAttempt('b').take()
  build.fail('b')
  t.true(build.take().includes('withdraw-tasks'))
  t.is(build.phase, 'failed')
  t.deepEqual(
    ['c', 'd'].map((id) => build.status(id)),
    ['skipped', 'skipped'],
  )
})

test('the longest remaining path runs first, and without known durations the deepest', (t) => {
  const sketches = [{ id: 'short' }, { id: 'first' }, { id: 'second', in: ['first'] }, { id: 'third', in: ['second'] }]
  t.deepEqual(orderOf(sketches), ['first', 'second', 'short', 'third'])
})

test('known durations decide the longest path', (t) => {
  const sketches = [{ id: 'a' }, { id: 'slow' }, { id: 'after-a', in: ['a'] }]
  t.deepEqual(orderOf(sketches, { planned: { durations: [0, 10, 1, 1000, 2, 10] } }), ['slow', 'a', 'after-a'])
})

test('the priority policy takes the highest priority first, then the lowest number', (t) => {
  const sketches = [{ id: 'a' }, { id: 'low', priority: -1 }, { id: 'high', priority: 5 }, { id: 'b' }]
  t.deepEqual(orderOf(sketches, { request: { policy: 'priority' } }), ['high', 'a', 'b', 'low'])
})

test('the fifo policy takes tasks as they became ready', (t) => {
  const sketches = [{ id: 'early' }, { id: 'freed', in: ['early'] }, { id: 'b' }, { id: 'c' }]
  t.deepEqual(orderOf(sketches, { request: { policy: 'fifo' } }), ['early', 'b', 'c', 'freed'])
})

test('of a pool no more tasks run than it is deep, and others pass by', (t) => {
  const graph = sketchGraph(
    [{ id: 'l1', pool: 'link' }, { id: 'l2', pool: 'link' }, { id: 'l3', pool: 'link' }, { id: 'other' }],
    { pools: { link: 1 } },
  )
  const build = new BuildRig(graph, { slots: 3 }).begin()
  t.deepEqual(build.take(), ['look-up l1', 'look-up other'])
  build.run('other')
  t.deepEqual(build.take(), ['dispatch other 1 after 0'])
  t.deepEqual(build.run('l1').take(), ['dispatch l1 1 after 0', 'look-up l2'])
  build.run('l2', 'l3')
  t.is(build.phase, 'succeeded')
})

test('a pool of depth 0 has no limit', (t) => {
  const graph = sketchGraph(
    [
      { id: 'a', pool: 'free' },
      { id: 'b', pool: 'free' },
    ],
    { pools: { free: 0 } },
  )
  t.deepEqual(new BuildRig(graph, { slots: 2 }).begin().take(), ['look-up a', 'look-up b'])
})

test('the console pool has one place without being declared', (t) => {
  const graph = sketchGraph([
    { id: 'a', pool: 'console' },
    { id: 'b', pool: 'console' },
  ])
  const build = new BuildRig(graph, { slots: 2 }).begin()
  t.deepEqual(build.take(), ['look-up a'])
  t.deepEqual(build.upToDate('a').take(), ['look-up b'])
})

test('a failed task gives its place in the pool back', (t) => {
  const graph = sketchGraph([
    { id: 'a', pool: 'console' },
    { id: 'b', pool: 'console' },
  ])
  const build = new BuildRig(graph, { slots: 2, request: { failuresMax: 0 } }).begin().runBadly('a')
  t.is(build.run('b').phase, 'failed')
})

test('a task that is tried again keeps its slot and its place in the pool', (t) => {
  const graph = sketchGraph([
    { id: 'a', pool: 'console', retries: 1 },
    { id: 'b', pool: 'console' },
  ])
  const build = new BuildRig(graph).begin().queue('a').startAttempt('a')
  build.take()
  t.deepEqual(build.fail('a').take(), ['dispatch a 2 after 100'])
})
