import test from 'ava'
import type { Task } from '../../../machines/graph/build-graph.ts'
import { Roots } from '../../../machines/keys/roots.ts'
import { differencesBetween, distanceOf, type TaskRun } from '../../../machines/keys/run-differences.ts'

const task = (sketch: Partial<Task>): Task => ({
  id: 'a.o',
  command: { shell: 'cc -O1 -I/one/src -c /one/src/a.c -o a.o' },
  description: '',
  inputs: [],
  explicitInputs: 0,
  orderOnly: [],
  validations: [],
  outputs: [],
  explicitOutputs: 0,
  ...sketch,
})

const given: TaskRun = {
  task: task({}),
  outputs: ['a.o'],
  inputs: [['/one/src/a.c', 'c1']],
  discovered: [
    ['/one/src/a.h', 'h1'],
    ['/usr/include/stdio.h', 's1'],
  ],
  surroundings: {
    tools: [['/usr/bin/cc', 't1']],
    variables: [
      ['CPATH', null],
      ['LANG', 'v1'],
    ],
  },
  roots: new Roots('/one/build', '/one/src'),
}

/** What differs when the second run was like the first but for this. */
const when = (changed: Partial<TaskRun>) => differencesBetween(given, { ...given, ...changed })

test('equal runs do not differ', (t) => {
  t.deepEqual(when({}), [])
})

test('the same run in another checkout does not differ', (t) => {
  const elsewhere: TaskRun = {
    ...given,
    task: task({ command: { shell: 'cc -O1 -I/two/src -c /two/src/a.c -o a.o' } }),
    inputs: [['/two/src/a.c', 'c1']],
    discovered: [
      ['/two/src/a.h', 'h1'],
      ['/usr/include/stdio.h', 's1'],
    ],
    roots: new Roots('/two/build', '/two/src'),
  }
  t.deepEqual(differencesBetween(given, elsewhere), [])
  t.deepEqual(differencesBetween(given, { ...elsewhere, discovered: [['/two/src/a.h', 'h2']] }), [
    { kind: 'discovered', path: '/two/src/a.h', was: 'h1', is: 'h2' },
    { kind: 'discovered', path: '/usr/include/stdio.h', was: 's1' },
  ])
})

test('changed words of the command and of the response file are told', (t) => {
  t.deepEqual(when({ task: task({ command: { shell: 'cc -O2 -I/one/src -c /one/src/a.c -o a.o' } }) }), [
    { kind: 'command', changes: [{ removed: ['-O1'], added: ['-O2'] }] },
  ])
  t.deepEqual(when({ task: task({ rspfile: { path: 'a.rsp', content: 'a.o b.o' } }) }), [
    { kind: 'response-file', changes: [{ removed: [], added: ['a.o', 'b.o'] }] },
  ])
})

test('another working directory, environment or set of outputs is told', (t) => {
  t.deepEqual(when({ task: task({ cwd: 'sub', env: { X: '1' } }), outputs: ['a.o', 'a.dwo'] }), [
    { kind: 'directory', was: '.', is: 'sub' },
    { kind: 'environment', name: 'X', was: null, is: '1' },
    { kind: 'outputs', added: ['a.dwo'], removed: [] },
  ])
})

test('changed, new and lost tools are told, and variables that are set differently', (t) => {
  t.deepEqual(
    when({
      surroundings: {
        tools: [
          ['/usr/bin/cc', 't2'],
          ['/usr/bin/as', 't3'],
        ],
        variables: [
          ['CPATH', 'v2'],
          ['TZ', null],
        ],
      },
    }),
    [
      { kind: 'tool', path: '/usr/bin/cc', was: 't1', is: 't2' },
      { kind: 'tool', path: '/usr/bin/as', is: 't3' },
      { kind: 'variable', name: 'CPATH', was: null, is: 'v2' },
      { kind: 'variable', name: 'LANG', was: 'v1' },
    ],
  )
})

test('changed, new and lost inputs are told', (t) => {
  t.deepEqual(when({ inputs: [['/one/src/a.c', 'c2']] }), [
    { kind: 'input', path: '/one/src/a.c', was: 'c1', is: 'c2' },
  ])
  t.deepEqual(when({ inputs: [['/one/src/b.c', 'c1']] }), [
    { kind: 'input', path: '/one/src/b.c', is: 'c1' },
    { kind: 'input', path: '/one/src/a.c', was: 'c1' },
  ])
})

test('what one of the runs does not tell is not compared', (t) => {
  const { discovered: _, surroundings: __, ...silent } = given
  t.deepEqual(differencesBetween(given, silent), [])
  t.deepEqual(differencesBetween(silent, { ...given, discovered: [] }), [])
})

test('the distance of two runs counts each changed word, file, tool and variable', (t) => {
  t.is(distanceOf([]), 0)
  const command = { shell: 'cc -O2 -g -I/one/src -c /one/src/a.c -o a.o' }
  t.is(distanceOf(when({ task: task({ command }), inputs: [['/one/src/a.c', 'c2']] })), 3)
})
