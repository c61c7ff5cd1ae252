import test from 'ava'
import { LastResults } from '../../../events/last-results.ts'
import type { RunReason } from '../../../events/run-reason.ts'
import { type Surroundings, surroundingsDigest } from '../../../events/surroundings.ts'
import { runReason, type ShadowOf, type TaskNow } from '../../../machines/keys/run-reason.ts'

const disk: Readonly<Record<string, string>> = { 'a.c': 'c1', 'b.c': 'c2', 'a.h': 'h1', 'a.o': 'o1', 'b.o': 'o2' }
const surroundings = (tools: Surroundings['tools'], variables: Surroundings['variables']) => {
  const content = { tools, variables }
  return { digest: surroundingsDigest(content), content }
}
const now: TaskNow = {
  command: 'cmd',
  surroundings: surroundings(
    [
      ['/bin/cc', 't1'],
      ['/bin/ld', 't2'],
    ],
    [
      ['CPATH', 'v1'],
      ['LANG', null],
    ],
  ),
  inputs: ['a.c', 'b.c'],
  outputs: ['a.o', 'b.o'],
}

/** Holds the task against a last result that fits the disk as it was, after both were changed. */
function reason(
  task: Partial<TaskNow>,
  changes: Readonly<Record<string, string | null>>,
  shadowOf?: ShadowOf,
): RunReason | null {
  const results = new LastResults()
  const numbers = (paths: readonly string[]) => paths.map((path) => results.intern([path, disk[path]!]))
  results.set('task', {
    command: 'cmd',
    surroundings: results.internSurroundings(now.surroundings.content),
    build: 'build',
    runMs: 1,
    inputs: numbers(now.inputs),
    discovered: numbers(['a.h']),
    outputs: numbers(now.outputs),
  })
  const found: Readonly<Record<string, string | null>> = { ...disk, ...changes }
  return runReason({ ...now, ...task }, results.of('task'), results, (path) => found[path] ?? null, shadowOf)
}

test('the last result stands when command, inputs and outputs are those on record', (t) => {
  t.is(reason({}, {}), null)
})

test('a task without a record runs', (t) => {
  t.deepEqual(
    runReason(now, undefined, new LastResults(), (path) => disk[path] ?? null),
    { kind: 'no-record' },
  )
})

test('a missing or changed output is made again', (t) => {
  t.deepEqual(reason({}, { 'b.o': null }), { kind: 'output-missing', path: 'b.o' })
  t.deepEqual(reason({}, { 'b.o': 'tampered' }), { kind: 'output-changed', path: 'b.o' })
})

test('a changed command runs', (t) => {
  t.deepEqual(reason({ command: 'other' }, {}), { kind: 'command-changed' })
})

test('a changed tool or variable runs, and is named', (t) => {
  const { tools, variables } = now.surroundings.content
  const withTools = (...others: Surroundings['tools']) => reason({ surroundings: surroundings(others, variables) }, {})
  const withVariables = (...others: Surroundings['variables']) =>
    reason({ surroundings: surroundings(tools, others) }, {})
  t.deepEqual(withTools(tools[0]!, ['/bin/ld', 'new']), { kind: 'tool-changed', path: '/bin/ld', was: 't2', is: 'new' })
  t.deepEqual(withTools(tools[0]!), { kind: 'tool-changed', path: '/bin/ld', was: 't2', is: null })
  t.deepEqual(withTools(...tools, ['/bin/as', 't3']), { kind: 'tool-changed', path: '/bin/as', was: null, is: 't3' })
  t.deepEqual(withVariables(['CPATH', 'v2'], ['LANG', null]), {
    kind: 'variable-changed',
    name: 'CPATH',
    was: 'v1',
    is: 'v2',
  })
  t.deepEqual(withVariables(['LANG', 'C']), { kind: 'variable-changed', name: 'LANG', was: null, is: 'C' })
  t.is(withVariables(['CPATH', 'v1']), null)
})

test('a file that shadows a header which was read runs, unless it was there before', (t) => {
  const shadowed =
    (by: readonly string[]): ShadowOf =>
    (header) =>
      header === 'a.h' ? by : undefined
  t.deepEqual(reason({}, {}, shadowed(['first/a.h'])), { kind: 'header-shadowed', path: 'a.h', by: 'first/a.h' })
  t.is(reason({}, {}, shadowed(['a.h'])), null)
})

test('a changed input runs, also a discovered one', (t) => {
  t.deepEqual(reason({}, { 'b.c': 'new' }), { kind: 'input-changed', path: 'b.c', was: 'c2', is: 'new' })
  t.deepEqual(reason({}, { 'a.h': 'new' }), { kind: 'input-changed', path: 'a.h', was: 'h1', is: 'new' })
  t.deepEqual(reason({}, { 'a.h': null }), { kind: 'input-changed', path: 'a.h', was: 'h1', is: null })
})

test('an added or removed input runs', (t) => {
  t.deepEqual(reason({ inputs: ['a.c', 'b.c', 'n.c'] }, { 'n.c': 'x' }), { kind: 'input-added', path: 'n.c' })
  t.deepEqual(reason({ inputs: ['n.c', 'a.c'] }, { 'n.c': 'x' }), { kind: 'input-added', path: 'n.c' })
  t.deepEqual(reason({ inputs: ['a.c'] }, {}), { kind: 'input-removed', path: 'b.c' })
})

test('the order of inputs and outputs does not matter', (t) => {
  t.is(reason({ inputs: ['b.c', 'a.c'], outputs: ['b.o', 'a.o'] }, {}), null)
})

test('a task that depends on a phony target which never exists always runs', (t) => {
  t.deepEqual(reason({ alwaysBecause: 'FORCE' }, {}), { kind: 'always', path: 'FORCE' })
})
