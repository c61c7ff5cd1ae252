import test from 'ava'
import fc from 'fast-check'
import type { BuildGraph, Task } from '../../../machines/graph/build-graph.ts'
import { validateGraph } from '../../../machines/graph/validate-graph.ts'
import { acyclicGraph, graphOf, task } from './graph-cases.ts'

const messageOf = (graph: BuildGraph) => validateGraph(graph)?.message ?? null
const withTask = (rest: Partial<Task>) => messageOf(graphOf(3, [task('a', [0], [1], rest)]))

test('a sound graph has no error', (t) =>
  t.is(validateGraph(graphOf(3, [task('a', [0], [1]), task('b', [1], [2])])), null))

test('one file made by two tasks names the file and both tasks', (t) => {
  const error = validateGraph(graphOf(2, [task('a', [], [1]), task('b b', [], [1])]))
  t.deepEqual(error, { task: 1, message: 'multiple tasks make f1: a and "b b"' })
})

const defects: readonly (readonly [string, Partial<Task>, string])[] = [
  ['an output listed twice', { outputs: [1, 1] }, 'task a lists its output f1 twice'],
  ['an input out of range', { inputs: [3] }, 'task a: file number 3 is not there'],
  ['a negative input', { orderOnly: [-1] }, 'task a: file number -1 is not there'],
  ['a fractional validation', { validations: [0.5] }, 'task a: file number 0.5 is not there'],
  ['an output out of range', { outputs: [9] }, 'task a: file number 9 is not there'],
  ['too many explicit inputs', { explicitInputs: 2 }, 'task a: more explicit inputs than inputs'],
  ['too many explicit outputs', { explicitOutputs: 2 }, 'task a: more explicit outputs than outputs'],
  ['a dyndep file that is no input', { dyndep: 2 }, 'task a: the dyndep file is no input'],
  ['an unknown pool', { pool: 'toString' }, 'task a: unknown pool toString'],
  ['a timeout of zero', { timeoutMs: 0 }, 'task a: the timeout is out of range'],
  ['a timeout that timers can not wait', { timeoutMs: 2 ** 31 }, 'task a: the timeout is out of range'],
  ['half a retry', { retries: 0.5 }, 'task a: retries must be a whole number from 0'],
  ['a priority that is no number', { priority: Number.NaN }, 'task a: the priority must be a finite number'],
]
for (const [what, rest, message] of defects) test(`${what} is refused`, (t) => t.is(withTask(rest), message))

test('a duplicate id, a stray default and a negative pool depth are refused', (t) => {
  t.is(messageOf(graphOf(2, [task('a', [], [0]), task('a', [], [1])])), 'duplicate task id a')
  t.is(messageOf({ ...graphOf(1, []), defaults: [1] }), 'the defaults name file number 1, which is not there')
  t.is(messageOf({ ...graphOf(1, []), pools: { p: -1 } }), 'pool p: the depth must be a whole number from 0')
})

test('a cycle over inputs and order-only inputs is printed as a path, each task waiting for the next', (t) => {
  const tasks = [
    task('top', [1], [0]),
    task('a', [2], [1]),
    task('b', [], [2], { orderOnly: [3] }),
    task('c', [1], [3]),
  ]
  t.is(messageOf(graphOf(4, tasks)), 'dependency cycle: a -> b -> c -> a')
})

test('validations make no cycle', (t) => {
  t.is(messageOf(graphOf(2, [task('a', [1], [0]), task('b', [], [1], { validations: [0] })])), null)
})

test('a chain of 200,000 tasks is checked, and its cycle is cut to one short line', (t) => {
  const count = 200_000
  const tasks = Array.from({ length: count }, (_, at) => task(`t${at}`, at === 0 ? [] : [at - 1], [at]))
  t.is(messageOf(graphOf(count, tasks)), null)
  const closed = messageOf(graphOf(count, [task('t0', [count - 1], [0]), ...tasks.slice(1)]))
  t.regex(closed!, /^dependency cycle: t0 -> t199999 -> .* -> \(199961 more\) -> .* -> t1 -> t0$/)
})

test('every random acyclic graph is valid', (t) => {
  fc.assert(fc.property(acyclicGraph(), (graph) => validateGraph(graph) === null))
  t.pass()
})

test('an edge back from a task to one that depends on it gives a cycle, and the path printed is one', (t) => {
  fc.assert(
    fc.property(acyclicGraph(), fc.nat(), fc.nat(), (graph, first, second) => {
      const [from, to] = [first % graph.tasks.length, second % graph.tasks.length].sort((a, b) => a - b) as [
        number,
        number,
      ]
      // A straight edge from the later task to the earlier one, and the edge back.
      const added = graph.tasks.map((each, number) => ({
        ...each,
        orderOnly: [
          ...each.orderOnly,
          ...(number === to ? graph.tasks[from]!.outputs : []),
          ...(number === from ? graph.tasks[to]!.outputs : []),
        ],
      }))
      const message = messageOf({ ...graph, tasks: added })
      const names = /^dependency cycle: (.*)$/.exec(message ?? '')?.[1]?.split(' -> ')
      if (names === undefined || names.length < 2 || names[0] !== names.at(-1)) return false
      if (new Set(names).size !== names.length - 1) return false
      const byId = new Map(added.map((each) => [each.id, each]))
      return names.slice(1).every((name, at) => {
        const waiting = byId.get(names[at]!)!
        return byId.get(name)!.outputs.some((file) => waiting.inputs.includes(file) || waiting.orderOnly.includes(file))
      })
    }),
    { numRuns: 500 },
  )
  t.pass()
})
