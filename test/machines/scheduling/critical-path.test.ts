import test from 'ava'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { criticalPath } from '../../../machines/scheduling/critical-path.ts'
import { sketchGraph, type TaskSketch } from '../sketch-graph.ts'

function pathOf(sketches: readonly TaskSketch[], durations: Readonly<Record<string, number>> = {}) {
  const tasks = new TaskGraph(sketchGraph(sketches))
  const order = tasks.order(new Uint8Array(sketches.length).fill(1))
  const { steps, ...rest } = criticalPath({ tasks, order, durationMs: (task) => durations[sketches[task]!.id] })
  return { ...rest, steps: steps.map(({ task, ...step }) => ({ id: sketches[task]!.id, ...step })) }
}
const ids = (sketches: readonly TaskSketch[], durations?: Readonly<Record<string, number>>) =>
  pathOf(sketches, durations).steps.map(({ id }) => id)

const fork = [
  { id: 'a' },
  { id: 'b', in: ['a'] },
  { id: 'slow' },
  { id: 'end', in: ['b', 'slow'] },
] as const satisfies readonly TaskSketch[]

test('the path is the chain that takes longest, with a running sum, and beside it stands the work of all', (t) => {
  t.deepEqual(pathOf(fork, { a: 10, b: 20, slow: 100, end: 5 }), {
    measure: 'ms',
    total: 105,
    length: 2,
    work: 135,
    count: 4,
    estimatedCount: 0,
    steps: [
      { id: 'slow', cost: 100, sum: 100, isEstimated: false },
      { id: 'end', cost: 5, sum: 105, isEstimated: false },
    ],
  })
})

test('without any known duration the path is the longest chain counted in tasks', (t) => {
  const { measure, total, work, steps } = pathOf(fork)
  t.deepEqual([measure, total, work], ['tasks', 3, 4])
  t.deepEqual(
    steps.map(({ id, cost, sum }) => [id, cost, sum]),
    [
      ['a', 1, 1],
      ['b', 1, 2],
      ['end', 1, 3],
    ],
  )
})

test('a task without a known duration counts as the mean of the known ones', (t) => {
  const { total, estimatedCount, steps } = pathOf(fork, { a: 10, slow: 30 })
  t.deepEqual([total, estimatedCount], [50, 2])
  t.deepEqual(
    steps.map(({ id, cost, isEstimated }) => [id, cost, isEstimated]),
    [
      ['a', 10, false],
      ['b', 20, true],
      ['end', 20, true],
    ],
  )
})

test('of equally long chains the path is the one with the most tasks, also when all take no time', (t) => {
  t.deepEqual(ids(fork, { a: 10, b: 20, slow: 30, end: 5 }), ['a', 'b', 'end'])
  t.deepEqual(ids(fork, { a: 0, b: 0, slow: 0, end: 0 }), ['a', 'b', 'end'])
})

test('an order-only dependency is waited for too', (t) => {
  t.deepEqual(ids([{ id: 'a' }, { id: 'b', orderOnly: ['a'] }], { a: 1, b: 1 }), ['a', 'b'])
})

test('a phony task is on the path only between others', (t) => {
  const sketches = [
    { id: 'first', phony: true },
    { id: 'a', in: ['first'] },
    { id: 'group', in: ['a'], phony: true },
    { id: 'b', in: ['group'] },
    { id: 'all', in: ['b'], phony: true },
  ]
  t.deepEqual(ids(sketches, { a: 1, b: 2 }), ['a', 'group', 'b'])
  t.is(pathOf(sketches, { a: 1, b: 2 }).length, 2)
})

test('where nothing runs there is no path', (t) => {
  t.deepEqual(pathOf([{ id: 'all', phony: true }]), {
    measure: 'tasks',
    total: 0,
    length: 0,
    work: 0,
    count: 0,
    estimatedCount: 0,
    steps: [],
  })
})
