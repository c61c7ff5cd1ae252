import test from 'ava'
import fc from 'fast-check'
import type { BuildGraph, FileNumber } from '../../../machines/graph/build-graph.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { acyclicGraph, graphOf, task } from './graph-cases.ts'

const graph = graphOf(6, [
  task('late', [2, 0], [3], { orderOnly: [1] }),
  task('early', [0], [1, 2], { validations: [4] }),
  task('check', [0], [4]),
  task('other', [], [5]),
])
const everything = ({ tasks }: BuildGraph) => new Uint8Array(tasks.length).fill(1)
const dependentsOf = (tasks: TaskGraph, of: number) => {
  const found: number[] = []
  tasks.eachDependent(of, (dependent) => found.push(dependent))
  return found
}

test('a file knows its maker, by number and by path', (t) => {
  const tasks = new TaskGraph(graph)
  t.deepEqual(
    graph.files.map((_, file) => tasks.maker(file)),
    [undefined, 1, 1, 0, 2, 3],
  )
  t.deepEqual([tasks.makerOfPath('f3'), tasks.makerOfPath('f9'), tasks.file('toString')], [0, undefined, undefined])
})

test('the order puts a task after what it waits for, and otherwise keeps the graph’s', (t) => {
  t.deepEqual([...new TaskGraph(graph).order(everything(graph))], [1, 2, 3, 0])
})

test('what is wanted follows inputs, order-only inputs and validations', (t) => {
  const tasks = new TaskGraph(graph)
  t.deepEqual([...tasks.closure([0])], [1, 1, 1, 0])
  t.deepEqual([...tasks.closure([3, 2])], [0, 0, 1, 1])
})

test('a dyndep file can be judged without being added', (t) => {
  const tasks = new TaskGraph(graph)
  const adds = (number: number, inputs: string[], outputs: string[] = []) => [{ task: number, inputs, outputs }]
  t.is(tasks.dyndepDefect(adds(1, ['f3'])), 'dependency cycle: early -> late -> early')
  t.is(tasks.dyndepDefect(adds(0, [], ['f4'])), 'multiple tasks make f4: check and late')
  t.is(tasks.dyndepDefect(adds(3, ['f3'], ['new'])), undefined)
  t.deepEqual([tasks.makerOfPath('new'), dependentsOf(tasks, 0)], [undefined, []])
  t.deepEqual(tasks.addDyndep(adds(3, ['f3'], ['new'])), [[3, 0]])
  t.deepEqual([tasks.makerOfPath('new'), dependentsOf(tasks, 0)], [3, [3]])
})

test('on random graphs the order is topological, and dependents and closure agree with a plain search', (t) => {
  fc.assert(
    fc.property(acyclicGraph(), fc.array(fc.nat(), { maxLength: 3 }), (random, picks) => {
      const tasks = new TaskGraph(random)
      const place = new Map([...tasks.order(everything(random))].map((number, at) => [number, at]))
      const reads = (number: number) => [...random.tasks[number]!.inputs, ...random.tasks[number]!.orderOnly]
      const makerOf = (file: FileNumber) => random.tasks.findIndex(({ outputs }) => outputs.includes(file))
      for (const number of random.tasks.keys()) {
        for (const file of reads(number))
          if (makerOf(file) !== -1 && place.get(makerOf(file))! >= place.get(number)!) return false
        const readers = [...random.tasks.keys()].filter((reader) =>
          reads(reader).some((file) => makerOf(file) === number),
        )
        if ([...new Set(dependentsOf(tasks, number))].join() !== readers.join()) return false
      }
      const targets = picks.map((pick) => pick % random.tasks.length)
      const wanted = new Set<number>()
      const want = (number: number): void => {
        if (number === -1 || wanted.has(number)) return
        wanted.add(number)
        for (const file of [...reads(number), ...random.tasks[number]!.validations]) want(makerOf(file))
      }
      targets.forEach(want)
      const flags = tasks.closure(targets)
      return place.size === random.tasks.length && random.tasks.every((_, at) => (flags[at] === 1) === wanted.has(at))
    }),
    { numRuns: 300 },
  )
  t.pass()
})
