import test from 'ava'
import fc from 'fast-check'
import { affectedTasks } from '../../../machines/graph/affected-tasks.ts'
import { coupling } from '../../../machines/graph/coupling.ts'
import { FileUse } from '../../../machines/graph/file-use.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import type { TaskSketch } from '../sketch-graph.ts'
import { acyclicGraph } from './graph-cases.ts'
import { type Discovered, program, programReads, sketchFileUse } from './sketch-file-use.ts'

/** Names with their counts: fan-out as direct and transitive, fan-in as inputs and those of them discovered. */
function counts(sketches: readonly TaskSketch[], discovered?: Discovered) {
  const use = sketchFileUse(sketches, discovered)
  const { fanOut, fanIn } = coupling(use)
  return {
    fanOut: fanOut.map(({ of, direct, transitive }) => [
      'file' in of ? use.paths[of.file] : `task ${sketches[of.task]!.id}`,
      direct,
      transitive,
    ]),
    fanIn: fanIn.map(({ task, inputs, discovered }) => [sketches[task]!.id, inputs, discovered]),
  }
}

test('fan-out counts the tasks that a change reaches, at once and in the end, and fan-in the files that a task reads', (t) => {
  t.deepEqual(counts(program, programReads), {
    fanOut: [
      ['base.h', 2, 3],
      ['version.txt', 1, 3],
      ['main.c', 1, 2],
      ['part.c', 1, 2],
      ['task version.h', 1, 2],
      ['task main.o', 1, 1],
      ['task part.o', 1, 1],
    ],
    fanIn: [
      ['main.o', 3, 2],
      ['app', 2, 0],
      ['part.o', 2, 1],
      ['version.h', 1, 0],
    ],
  })
})

test('a phony task passes a change on and is not counted itself', (t) => {
  const sketches = [
    { id: 'made', in: ['source'] },
    { id: 'group', in: ['made'], phony: true },
    { id: 'user', in: ['group'] },
  ]
  t.deepEqual(counts(sketches), {
    fanOut: [
      ['source', 1, 2],
      ['task made', 0, 1],
    ],
    fanIn: [
      ['made', 1, 0],
      ['user', 1, 0],
    ],
  })
})

test('a task reads a file once, and all that a task makes counts as one', (t) => {
  const sketches = [
    { id: 'gen', in: ['source'], out: ['x', 'y'] },
    { id: 'user', in: ['x', 'y', 'x'] },
  ]
  t.deepEqual(counts(sketches, { user: ['x', 'extra'] }), {
    fanOut: [
      ['source', 1, 2],
      ['extra', 1, 1],
      ['task gen', 1, 1],
    ],
    fanIn: [
      ['user', 3, 1],
      ['gen', 1, 0],
    ],
  })
})

test('a chain longer than a slice of the count, with a fork at its end, is counted whole', (t) => {
  const length = 2500
  const sketches: TaskSketch[] = Array.from({ length }, (_, i) => ({
    id: `t${i}`,
    in: [i === 0 ? 'source' : `t${i - 1}`],
  }))
  sketches.push({ id: 'left', in: [`t${length - 1}`] }, { id: 'right', in: [`t${length - 1}`, 't0'] })
  const use = sketchFileUse(sketches)
  const { fanOut } = coupling(use)
  t.deepEqual(
    fanOut.slice(0, 3).map(({ transitive }) => transitive),
    [length + 2, length + 1, length],
  )
  t.deepEqual(fanOut.at(-1), { of: { task: length - 1 }, direct: 2, transitive: 2 })
})

test('on random graphs transitive fan-out is the number of tasks that a search finds affected', (t) => {
  fc.assert(
    fc.property(acyclicGraph(), (graph) => {
      const tasks = new TaskGraph(graph)
      const order = tasks.order(new Uint8Array(graph.tasks.length).fill(1))
      const use = new FileUse(tasks, order, { of: () => undefined, version: () => [''] })
      const { fanOut } = coupling(use)
      return fanOut.every(({ of, transitive }) => {
        const files = 'file' in of ? [of.file] : graph.tasks[of.task]!.outputs
        return affectedTasks(use, files).length === transitive
      })
    }),
    { numRuns: 300 },
  )
  t.pass()
})
