import test from 'ava'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { sketchGraph, type TaskSketch } from '../sketch-graph.ts'

const sketches: readonly TaskSketch[] = [
  { id: 'app.o', in: ['app.c'] },
  { id: 'link', in: ['app.o'], out: ['app', 'app.map'] },
  { id: 'check', in: ['app'], out: [] },
  { id: 'docs', in: ['app.c'], validations: ['app'] },
]
const resolve = (names: readonly string[], defaults: readonly string[] = []) => {
  const graph = sketchGraph(sketches, { defaults })
  const result = resolveTargets(new TaskGraph(graph), names)
  if (!result.ok) return result.message
  return [...result.tasks.map((task) => graph.tasks[task]!.id), ...result.files.map((file) => graph.files[file]!)]
}

test('a target is a file, a task id, a source, or what is made from a source', (t) => {
  t.deepEqual(resolve(['app.map', 'app', 'docs']), ['link', 'docs'])
  t.deepEqual(resolve(['link', 'check']), ['link', 'check'])
  t.deepEqual(resolve(['app.c']), ['app.c'])
  t.deepEqual(resolve(['app.c^']), ['app.o'])
})

test('without names the defaults are wanted, or what no task reads', (t) => {
  t.deepEqual(resolve([], ['app']), ['link'])
  t.deepEqual(resolve([]), ['link', 'check', 'docs'])
})

test('when every file is read by some task, all are wanted, so that their cycle is found', (t) => {
  const tasks = new TaskGraph(
    sketchGraph([
      { id: 'a', in: ['b'] },
      { id: 'b', in: ['a'] },
    ]),
  )
  t.deepEqual(resolveTargets(tasks, []), { ok: true, tasks: [0, 1], files: [] })
})

test('an unknown name is refused, with a near one where there is one', (t) => {
  t.is(resolve(['ap.map']), "unknown target 'ap.map', did you mean 'app.map'?")
  t.is(resolve(['something']), "unknown target 'something'")
  t.is(resolve(['ap.c^']), "no task reads 'ap.c', did you mean 'app.c'?")
  t.is(resolve(['app.map^']), "no task reads 'app.map'")
})
