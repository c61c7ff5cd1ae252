import test from 'ava'
import type { SchedulingPolicy } from '../../../events/build-events.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { rankTasks } from '../../../machines/scheduling/ranks.ts'
import { sketchGraph, type TaskSketch } from '../sketch-graph.ts'

function ranks(policy: SchedulingPolicy, sketches: readonly TaskSketch[], durations: readonly number[] = []) {
  const tasks = new TaskGraph(sketchGraph(sketches))
  const durationMs = new Float64Array(sketches.length)
  durationMs.set(durations)
  const order = tasks.order(new Uint8Array(sketches.length).fill(1))
  const eachDependent = tasks.eachDependent.bind(tasks)
  return [...rankTasks(policy, { graph: tasks.graph, order, eachDependent, durationMs })]
}

const diamond = [
  { id: 'a' },
  { id: 'b', in: ['a'] },
  { id: 'c', in: ['a'] },
  { id: 'd', in: ['b', 'c'] },
] as const satisfies readonly TaskSketch[]

test('the critical path of a task is its own time and that of the longest chain behind it', (t) => {
  t.deepEqual(ranks('critical-path', diamond, [1, 10, 100, 1000]), [1101, 1010, 1100, 1000])
})

test('a task without a known duration counts as the mean of the known ones', (t) => {
  t.deepEqual(ranks('critical-path', diamond, [0, 10, 30, 0]), [70, 30, 50, 20])
})

test('without any known duration the rank is the depth', (t) => {
  t.deepEqual(ranks('critical-path', diamond), [3, 2, 2, 1])
})

test('a phony task takes no time but passes on what is behind it', (t) => {
  const sketches = [{ id: 'a' }, { id: 'group', in: ['a'], phony: true }, { id: 'b', in: ['group'] }]
  t.deepEqual(ranks('critical-path', sketches, [5, 0, 7]), [12, 7, 7])
})

test('by priority the rank is what the task says, and 0 when it says nothing', (t) => {
  t.deepEqual(ranks('priority', [{ id: 'a', priority: -2 }, { id: 'b' }, { id: 'c', priority: 9 }]), [-2, 0, 9])
})

test('first in, first out begins without ranks', (t) => {
  t.deepEqual(ranks('fifo', diamond, [1, 2, 3, 4]), [0, 0, 0, 0])
})
