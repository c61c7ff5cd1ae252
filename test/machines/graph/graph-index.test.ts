import test from 'ava'
import fc from 'fast-check'
import type { BuildGraph, FileNumber } from '../../../machines/graph/build-graph.ts'
import { defaultTargets, indexGraph, leafFiles, wantedTasks } from '../../../machines/graph/graph-index.ts'
import { acyclicGraph, graphOf, task } from './graph-index-cases.ts'

const consumersOf = (graph: BuildGraph, file: FileNumber) => {
  const { consumersStart, consumers } = indexGraph(graph)
  return [...consumers.subarray(consumersStart[file], consumersStart[file + 1])]
}

const graph = graphOf(6, [
  task('late', [2, 2, 0], [3], { orderOnly: [2, 1] }),
  task('early', [0], [1, 2], { validations: [4] }),
  task('check', [0], [4]),
  task('other', [], [5]),
])

test('a file knows its producer and its consumers, each consumer once', (t) => {
  t.deepEqual([...indexGraph(graph).producerOf], [-1, 1, 1, 0, 2, 3])
  t.deepEqual(
    [0, 1, 2, 3, 4].map((file) => consumersOf(graph, file)),
    [[0, 1, 2], [0], [0], [], []],
  )
  t.deepEqual([...indexGraph(graph).producedInputCounts], [2, 0, 0, 0])
})

test('the topological order puts a task after what it waits for', (t) => {
  t.deepEqual([...indexGraph(graph).topologicalOrder], [1, 2, 3, 0])
})

test('wanted tasks are the closure over inputs, order-only inputs and validations', (t) => {
  const wanted = (...targets: FileNumber[]) => [...wantedTasks(indexGraph(graph), targets)]
  t.deepEqual(wanted(3), [1, 1, 1, 0])
  t.deepEqual(wanted(4, 5, 5), [0, 0, 1, 1])
  t.deepEqual(wanted(0), [0, 0, 0, 0])
})

test('leaf files are the made files that no task reads; validations do not read', (t) => {
  t.deepEqual(leafFiles(indexGraph(graph)), [3, 4, 5])
  t.deepEqual(defaultTargets(indexGraph(graph)), [3, 4, 5])
  t.deepEqual(defaultTargets(indexGraph({ ...graph, defaults: [1] })), [1])
})

test('a path leads to its file', (t) => {
  const index = indexGraph(graph)
  t.deepEqual([index.fileNumber('f4'), index.fileNumber('f9'), index.fileNumber('toString')], [4, undefined, undefined])
})

test('an empty graph has an index', (t) => {
  const index = indexGraph(graphOf(0, []))
  t.deepEqual([index.topologicalOrder.length, leafFiles(index)], [0, []])
})

test('a cycle is a broken invariant', (t) => {
  t.throws(() => indexGraph(graphOf(1, [task('a', [0], [0])])), { message: /cycle/ })
})

test('on random graphs the order is topological, and consumers and closure agree with a plain search', (t) => {
  fc.assert(
    fc.property(acyclicGraph(), fc.array(fc.nat(), { maxLength: 3 }), (random, picks) => {
      const index = indexGraph(random)
      const place = new Map([...index.topologicalOrder].map((number, at) => [number, at]))
      const reads = (number: number) => [...random.tasks[number]!.inputs, ...random.tasks[number]!.orderOnly]
      for (const number of random.tasks.keys()) {
        for (const file of reads(number)) {
          const producer = index.producerOf[file]!
          if (producer !== -1 && place.get(producer)! >= place.get(number)!) return false
        }
      }
      for (const file of random.files.keys()) {
        const expected = [...random.tasks.keys()].filter((number) => reads(number).includes(file))
        const actual = index.consumers.subarray(index.consumersStart[file], index.consumersStart[file + 1])
        if (expected.join() !== actual.join()) return false
      }
      const targets = picks.map((pick) => pick % random.files.length)
      const wanted = new Set<number>()
      const want = (file: FileNumber): void => {
        const producer = random.tasks.findIndex((each) => each.outputs.includes(file))
        if (producer === -1 || wanted.has(producer)) return
        wanted.add(producer)
        for (const next of [...reads(producer), ...random.tasks[producer]!.validations]) want(next)
      }
      targets.forEach(want)
      const flags = wantedTasks(index, targets)
      return place.size === random.tasks.length && random.tasks.every((_, at) => (flags[at] === 1) === wanted.has(at))
    }),
    { numRuns: 300 },
  )
  t.pass()
})
