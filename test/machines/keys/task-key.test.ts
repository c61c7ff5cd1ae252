import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import type { Task } from '../../../machines/graph/build-graph.ts'
import { Roots } from '../../../machines/keys/roots.ts'
import { actionKey, type TaskKeyParts, taskKey } from '../../../machines/keys/task-key.ts'

const task: Task = {
  id: 'a.o',
  command: { shell: 'cc -O2 -c /src/app/a.c -o a.o' },
  description: 'CC a.o',
  inputs: [0],
  explicitInputs: 1,
  orderOnly: [],
  validations: [],
  outputs: [1],
  explicitOutputs: 1,
}
const parts: TaskKeyParts = {
  task,
  outputs: ['a.o'],
  inputs: [['/src/app/a.c', digestOf('source')]],
  surroundings: { tools: [['/usr/bin/cc', digestOf('cc')]], variables: [['CPATH', null]] },
}
const roots = new Roots('/src/app/build', '/src/app')
const key = taskKey(parts, roots)

function keyWith(changes: Partial<Task>, others: Partial<TaskKeyParts> = {}): string {
  return taskKey({ ...parts, ...others, task: { ...task, ...changes } }, roots)
}

test('whatever decides the result changes the key', (t) => {
  const keys = [
    key,
    keyWith({ command: { shell: 'cc -O3 -c /src/app/a.c -o a.o' } }),
    keyWith({ command: { argv: ['cc', '-O2'] } }),
    keyWith({ cwd: 'sub' }),
    keyWith({ env: { A: '1' } }),
    keyWith({ env: { A: '2' } }),
    keyWith({ rspfile: { path: 'a.rsp', content: 'x' } }),
    keyWith({ rspfile: { path: 'a.rsp', content: 'y' } }),
    keyWith({ depfile: 'a.d' }),
    keyWith({ depfile: 'a.d', deps: 'gcc' }),
    keyWith({}, { outputs: ['b.o'] }),
    keyWith({}, { inputs: [['/src/app/a.c', digestOf('other')]] }),
    keyWith({}, { inputs: [['/src/app/a.c', null]] }),
    keyWith({}, { inputs: [['/src/app/b.c', digestOf('source')]] }),
    keyWith({}, { surroundings: { ...parts.surroundings, tools: [['/usr/bin/cc', digestOf('cc 2')]] } }),
    keyWith({}, { surroundings: { ...parts.surroundings, variables: [['CPATH', digestOf('inc')]] } }),
  ]
  t.is(new Set(keys).size, keys.length)
})

test('what decides nothing leaves the key: id, description, pool, priority, order of variables', (t) => {
  t.is(keyWith({ id: 'x', description: 'y', pool: 'p', priority: 3, retries: 2 }), key)
  t.is(keyWith({ env: { A: '1', B: '2' } }), keyWith({ env: { B: '2', A: '1' } }))
})

test('the same task in another place has the same key', (t) => {
  const moved: TaskKeyParts = {
    ...parts,
    task: { ...task, command: { shell: 'cc -O2 -c /tmp/copy/a.c -o a.o' } },
    inputs: [['/tmp/copy/a.c', digestOf('source')]],
  }
  t.is(taskKey(moved, new Roots('/tmp/copy/build', '/tmp/copy')), key)
})

test('an action is a task with contents of what it reads, and with the place when its result is bound to it', (t) => {
  const header = { key: '<source>/a.h', digest: digestOf('h') }
  const keys = [
    actionKey(key, [], undefined),
    actionKey(key, [header], undefined),
    actionKey(key, [{ ...header, digest: digestOf('h2') }], undefined),
    actionKey(key, [header, { key: '<source>/b.h', digest: digestOf('h') }], undefined),
    actionKey(key, [header], ['/src/app']),
    actionKey(key, [header], ['/tmp/copy']),
    actionKey('0'.repeat(64), [header], undefined),
  ]
  t.is(new Set(keys).size, keys.length)
})
