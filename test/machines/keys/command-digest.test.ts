import test from 'ava'
import type { Task } from '../../../machines/graph/build-graph.ts'
import { commandDigest } from '../../../machines/keys/command-digest.ts'

const task: Task = {
  id: 'a',
  command: { shell: 'cc -c a.c' },
  description: '',
  inputs: [],
  explicitInputs: 0,
  orderOnly: [],
  validations: [],
  outputs: [],
  explicitOutputs: 0,
}

test('everything that says how a task runs changes its digest', (t) => {
  const variants: readonly Partial<Task>[] = [
    {},
    { command: { shell: 'cc -c b.c' } },
    { command: { argv: ['cc', '-c', 'a.c'] } },
    { command: { argv: ['cc', '-c a.c'] } },
    { rspfile: { path: 'a.rsp', content: 'x' } },
    { rspfile: { path: 'b.rsp', content: 'x' } },
    { rspfile: { path: 'a.rsp', content: 'y' } },
    { cwd: 'sub' },
    { env: { A: '1' } },
    { env: { A: '2' } },
    { env: { B: '1' } },
  ]
  const digests = variants.map((variant) => commandDigest({ ...task, ...variant }))
  t.is(new Set(digests).size, variants.length)
})

test('what does not say how it runs, and the order of variables, change nothing', (t) => {
  t.is(commandDigest(task), commandDigest({ ...task, id: 'b', description: 'CC a.c', inputs: [1], timeoutMs: 5 }))
  t.is(commandDigest({ ...task, env: { A: '1', B: '2' } }), commandDigest({ ...task, env: { B: '2', A: '1' } }))
})

test('of a generator only the response file counts', (t) => {
  const generator: Task = { ...task, generator: true }
  t.is(commandDigest(generator), commandDigest({ ...generator, command: { shell: 'other' }, cwd: 'sub' }))
  t.not(commandDigest(generator), commandDigest({ ...generator, rspfile: { path: 'a.rsp', content: 'x' } }))
})
