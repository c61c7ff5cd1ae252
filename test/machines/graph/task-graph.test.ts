import test from 'ava'
import fc from 'fast-check'
import { dependencyCycle } from '../../../machines/graph/dependency-cycle.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { sketchGraph } from '../sketch-graph.ts'

const graph = sketchGraph([
  { id: 'gen', out: ['a.c', 'a.h'] },
  { id: 'obj', in: ['a.c', 'x.c'], orderOnly: ['a.h'] },
  { id: 'app', in: ['obj'], validations: ['lint'] },
  { id: 'lint', in: ['a.c'] },
  { id: 'mod', in: ['mod.c'] },
])

function list(each: (visit: (task: number) => void) => void): number[] {
  const found: number[] = []
  each((task) => found.push(task))
  return found
}

test('a task waits for another once per file that joins the two', (t) => {
  const tasks = new TaskGraph(graph)
  t.deepEqual(
    list((visit) => tasks.eachDependency(1, visit)),
    [0, 0],
  )
  t.deepEqual(
    list((visit) => tasks.eachDependent(0, visit)),
    [1, 1, 3],
  )
  t.deepEqual(
    list((visit) => tasks.eachDependency(0, visit)),
    [],
  )
})

test('makers are found by file and by path', (t) => {
  const tasks = new TaskGraph(graph)
  t.is(tasks.maker(tasks.file('a.h')!), 0)
  t.is(tasks.maker(tasks.file('x.c')!), undefined)
  t.is(tasks.makerOfPath('obj'), 1)
  t.is(tasks.makerOfPath('nowhere'), undefined)
})

test('what is wanted takes in all it needs, validations included', (t) => {
  const tasks = new TaskGraph(graph)
  t.deepEqual([...tasks.closure([2])], [1, 1, 1, 1, 0])
  t.deepEqual([...tasks.closure([3])], [1, 0, 0, 1, 0])
})

test('the order has dependencies first, and leaves tasks on a cycle out', (t) => {
  const tasks = new TaskGraph(graph)
  const all = new Uint8Array(5).fill(1)
  t.deepEqual([...tasks.order(all)], [0, 4, 1, 3, 2])
  t.deepEqual([...tasks.order(tasks.closure([1]))], [0, 1])
  tasks.addDependency(1, 2)
  t.deepEqual([...tasks.order(all)], [0, 4, 3])
})

test('a dyndep file adds inputs, outputs, and the dependencies that follow from both', (t) => {
  const tasks = new TaskGraph(graph)
  const added = tasks.addDyndep([
    { task: 4, inputs: ['a.h', 'unknown.h'], outputs: ['m.mod', 'x.c'] },
    { task: 3, inputs: ['m.mod', 'm.mod'], outputs: [] },
  ])
  t.deepEqual(added, [
    [4, 0],
    [3, 4],
    [3, 4],
    [1, 4],
  ])
  t.deepEqual(tasks.outputs(4), ['mod', 'm.mod', 'x.c'])
  t.deepEqual(tasks.laterInputs(4), ['a.h', 'unknown.h'])
  t.is(tasks.makerOfPath('m.mod'), 4)
  t.is(tasks.maker(tasks.file('x.c')!), 4)
})

test('a dyndep file may repeat what its task declares', (t) => {
  const tasks = new TaskGraph(graph)
  t.deepEqual(tasks.addDyndep([{ task: 0, inputs: ['a.h'], outputs: ['a.c'] }]), [])
})

test('a dyndep file that is refused adds nothing', (t) => {
  const tasks = new TaskGraph(graph)
  const conflict = [{ task: 4, inputs: ['a.h'], outputs: ['m.mod', 'obj'] }]
  t.throws(() => tasks.addDyndep(conflict), { message: 'multiple tasks make obj: obj and mod' })
  const cycle = [{ task: 0, inputs: ['app'], outputs: ['m.mod'] }]
  t.throws(() => tasks.addDyndep(cycle), { message: /^dependency cycle: / })
  t.is(tasks.makerOfPath('m.mod'), undefined)
  t.deepEqual(tasks.laterInputs(4), [])
  t.deepEqual(
    list((visit) => tasks.eachDependency(0, visit)),
    [],
  )
  t.deepEqual([...tasks.order(new Uint8Array(5).fill(1))], [0, 4, 1, 3, 2])
})

test('dependencies and dependents mirror each other', (t) => {
  const edges = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })), { maxLength: 30 })
  fc.assert(
    fc.property(edges, edges, (declared, later) => {
      const sketches = Array.from({ length: 10 }, (_, n) => ({
        id: `t${n}`,
        in: declared.filter(([task]) => task === n).map(([, maker]) => `t${maker}`),
      }))
      const tasks = new TaskGraph(sketchGraph(sketches))
      for (const [task, maker] of later) tasks.addDependency(task, maker)
      const forth: string[] = []
      const back: string[] = []
      for (let task = 0; task < 10; task++) {
        tasks.eachDependency(task, (maker) => forth.push(`${task} ${maker}`))
        tasks.eachDependent(task, (dependent) => back.push(`${dependent} ${task}`))
      }
      t.deepEqual(forth.sort(), back.sort())
      t.is(forth.length, declared.length + later.length)
    }),
  )
})

test('a cycle is found exactly where the order leaves tasks out, and each of its tasks waits for the next', (t) => {
  const edges = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 7 })), { maxLength: 14 })
  fc.assert(
    fc.property(edges, (pairs) => {
      const tasks = new TaskGraph(sketchGraph(Array.from({ length: 8 }, (_, n) => ({ id: `t${n}` }))))
      for (const [task, maker] of pairs) tasks.addDependency(task, maker)
      const all = Array.from({ length: 8 }, (_, n) => n)
      const cycle = dependencyCycle(all, tasks.eachDependency.bind(tasks))
      t.is(cycle === undefined, tasks.order(new Uint8Array(8).fill(1)).length === 8)
      for (const [i, task] of (cycle ?? []).entries())
        t.true(list((visit) => tasks.eachDependency(task, visit)).includes(cycle![(i + 1) % cycle!.length]!))
    }),
  )
})

test('a chain of 100,000 tasks is searched for cycles without recursion', (t) => {
  const each = (task: number, visit: (maker: number) => void) => task > 0 && visit(task - 1)
  t.is(dependencyCycle([99_999], each), undefined)
})
