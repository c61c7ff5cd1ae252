import test from 'ava'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { sketchGraph, type TaskSketch } from '../sketch-graph.ts'

const sketches: readonly TaskSketch[] = [
  { id: 'main.o', in: ['main.c'] },
  { id: 'link', in: ['main.o', 'lib.a'], out: ['app'] },
  { id: 'lib.a', in: ['lib.c'] },
  { id: 'test', in: ['app'], out: [] },
]

function resolve(names: readonly string[], defaults: readonly string[] = []) {
  const tasks = new TaskGraph(sketchGraph(sketches, { defaults }))
  const found = resolveTargets(tasks, names)
  if (!found.ok) return found.message
  return { tasks: found.tasks.map((task) => sketches[task]!.id), files: found.files.map((f) => tasks.graph.files[f]) }
}

test('a target is the path of an output or the id of a task', (t) => {
  t.deepEqual(resolve(['app', 'lib.a']), { tasks: ['link', 'lib.a'], files: [] })
  t.deepEqual(resolve(['link', 'app', 'test']), { tasks: ['link', 'test'], files: [] })
})

test('a source file is a target that no task makes', (t) => {
  t.deepEqual(resolve(['main.c']), { tasks: [], files: ['main.c'] })
})

test('an id that is also the path of a source names the task', (t) => {
  const tasks = new TaskGraph(sketchGraph([{ id: 'x', in: ['x'], out: ['y'] }]))
  t.deepEqual(resolveTargets(tasks, ['x']), { ok: true, tasks: [0], files: [] })
})

test('a path with ^ names the first task that reads it', (t) => {
  t.deepEqual(resolve(['main.c^', 'lib.a^']), { tasks: ['main.o', 'link'], files: [] })
  t.is(resolve(['nothing.c^']), "no task reads 'nothing.c'")
  t.is(resolve(['main.x^']), "no task reads 'main.x', did you mean 'main.c'?")
})

test('no names stand for the defaults of the graph', (t) => {
  t.deepEqual(resolve([], ['lib.a', 'main.o', 'lib.c']), { tasks: ['lib.a', 'main.o'], files: [] })
})

test('without defaults they stand for what no task reads, and for tasks that make no file', (t) => {
  const tasks = new TaskGraph(sketchGraph([...sketches, { id: 'extra', in: ['lib.a'], out: ['x', 'y'] }]))
  t.deepEqual(resolveTargets(tasks, []), { ok: true, tasks: [3, 4], files: [] })
})

test('an unknown target is refused with the nearest name, when one is near', (t) => {
  t.is(resolve(['mian.o']), "unknown target 'mian.o', did you mean 'main.o'?")
  t.is(resolve(['something-else-entirely']), "unknown target 'something-else-entirely'")
})
