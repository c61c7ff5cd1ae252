import { mkdirSync, statSync, utimesSync } from 'node:fs'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { ExecutorError } from '../../../infra/executor/executor.ts'
import { directoryMade } from '../../../machines/keys/run-reason.ts'
import { until } from '../../rig/until.ts'
import { textOf, WorkerBench } from './worker-bench.ts'

test('an attempt is reported when it starts and when it ends, with outputs, what was printed and the time of each phase', async (t) => {
  const bench = new WorkerBench(t)
  const before = Date.now()
  const end = await bench.succeed(t, 'echo working; printf one > sub/dir/out', {
    outputs: ['sub/dir/out'],
    attempt: 3,
    dispatchedAt: before - 5000,
  })
  const start = bench.reports[0]!
  t.like(start, { type: 'attempt-started', buildId: 'build', task: 0, attempt: 3, worker: 'hands' })
  t.like(end, { buildId: 'build', task: 0, attempt: 3, worker: 'hands', outputBytesDropped: 0 })
  t.deepEqual(end.outputs, [['sub/dir/out', digestOf('one')]])
  t.deepEqual(end.discovered, [])
  t.is(textOf(end), 'working\n')
  const { queueMs, fetchMs, runMs, storeMs } = end.phases
  t.is(queueMs, start.at - (before - 5000))
  t.true(fetchMs >= 0 && runMs > 0 && storeMs >= 0)
  // The clock shows whole ms; the run is measured more finely.
  t.true(fetchMs + runMs + storeMs <= end.at - start.at + 2, JSON.stringify(end.phases))
  t.is(bench.reports.length, 2)
})

test('a command runs in its own directory with its variables, and an argument vector runs without a shell', async (t) => {
  const bench = new WorkerBench(t)
  bench.write('sub/here', '')
  t.is(textOf(await bench.run('pwd; echo $WORD; ls', { cwd: 'sub', env: { WORD: 'a b' } })).split('\n')[1], 'a b')
  t.is(textOf(await bench.run('pwd', { cwd: 'sub' })), `${bench.path('sub')}\n`)
  t.is(textOf(await bench.run('pwd', { cwd: '/' })), '/\n')
  t.is(textOf(await bench.run('', { command: { argv: ['echo', '$HOME', '*'] } })), '$HOME *\n')
})

test('a response file is there while the command runs, gone after it ended well, and kept when it failed', async (t) => {
  const bench = new WorkerBench(t)
  const rspfile = { path: 'rsp/args', content: 'a b\n' }
  t.is(textOf(await bench.succeed(t, 'cat rsp/args', { rspfile })), 'a b\n')
  t.false(bench.has('rsp/args'))
  await bench.fail('exit 1', { rspfile })
  t.is(bench.read('rsp/args'), 'a b\n')
})

test('an exit code other than 0 and a signal are failures of the user kind; outputs stay, and so does what was printed', async (t) => {
  const bench = new WorkerBench(t)
  const end = await bench.fail('echo broken; echo half > out; exit 3', { outputs: ['out'] })
  t.deepEqual(end.failure, { kind: 'user', exitCode: 3, message: 'exit code 3' })
  t.is(textOf(end), 'broken\n')
  t.is(bench.read('out'), 'half\n')
  t.deepEqual((await bench.fail('kill -SEGV $$')).failure, {
    kind: 'user',
    exitCode: 139,
    message: 'ended by signal 11',
  })
})

test('a command past its time limit is killed, and what it had begun to write is removed', async (t) => {
  const bench = new WorkerBench(t)
  const end = await bench.fail('echo half > out; sleep 60', { outputs: ['out', 'never'], timeoutMs: 100 })
  t.like(end.failure, { kind: 'timeout', message: 'killed after 0.1 s, its time limit' })
  t.false(bench.has('out'))
})

test('a command that dies by a signal leaves no half outputs', async (t) => {
  const bench = new WorkerBench(t)
  await bench.fail('echo half > out; kill -KILL $$', { outputs: ['out'] })
  t.false(bench.has('out'))
})

test('a killed command keeps outputs that it had not begun to write, and directories', async (t) => {
  const bench = new WorkerBench(t)
  bench.write('build.ninja', 'the graph')
  mkdirSync(bench.path('directory'))
  await until('the graph is older than a tick', () => Date.now() - statSync(bench.path('build.ninja')).ctimeMs > 25)
  const task = bench.order('echo half > log; echo half > directory/file; sleep 60', {
    outputs: ['build.ninja', 'log', 'directory'],
  })
  await bench.seen('directory/file')
  bench.queue.stop('build')
  t.is((await bench.ended(task)).type, 'attempt-failed')
  t.is(bench.read('build.ninja'), 'the graph')
  t.false(bench.has('log'))
  t.true(bench.has('directory/file'))
})

test('a stopped build kills its commands with all they started, and removes what they had begun to write', async (t) => {
  const bench = new WorkerBench(t)
  const task = bench.order('echo half > out; sleep 60 & sleep 60; wait', { outputs: ['out'] })
  await bench.seen('out')
  bench.queue.stop('build')
  const end = await bench.ended(task)
  t.like(end, { failure: { kind: 'infrastructure', message: 'killed because the build was stopped' } })
  t.false(bench.has('out'))
})

test('an output that was not made is invalid, but not from ninja, where it has no content', async (t) => {
  const bench = new WorkerBench(t)
  const outputs = ['made', 'unmade']
  const end = await bench.fail('echo printed; touch made', { outputs })
  t.deepEqual(end.failure, { kind: 'invalid', message: 'the command succeeded but did not make its output unmade' })
  t.is(textOf(end), 'printed\n')
  t.deepEqual((await bench.succeed(t, 'touch made', { outputs, outputsOptional: true })).outputs, [
    ['made', digestOf('')],
    ['unmade', null],
  ])
})

test('an output that is a directory only has to be there', async (t) => {
  const bench = new WorkerBench(t)
  const end = await bench.succeed(t, 'mkdir d; touch d/a', { outputs: ['d'] })
  t.deepEqual(end.outputs, [['d', directoryMade]])
})

test('what can not be prepared is invalid, and the command does not run', async (t) => {
  const bench = new WorkerBench(t)
  bench.write('file', '')
  for (const more of [
    { outputs: ['file/sub/out'] },
    { depfile: 'file/sub/d' },
    { rspfile: { path: 'file/r', content: '' } },
    { rspfile: { path: '.', content: '' } },
  ]) {
    const { failure } = await bench.fail('touch ran', { ...more })
    t.is(failure.kind, 'invalid')
    t.regex(failure.message, /^can't write \/.*: (EEXIST|ENOTDIR|EISDIR)$/)
  }
  t.false(bench.has('ran'))
})

test('what a depfile lists is discovered, each once, by the graph’s paths and without the outputs; gcc’s is then removed', async (t) => {
  const bench = new WorkerBench(t)
  for (const path of ['sub/a.h', 'sub/b.h']) bench.write(path, path)
  await until('they are older than the command', () => Date.now() - statSync(bench.path('sub/b.h')).ctimeMs > 25)
  const shell = "echo 'out: ./a.h ../sub/b.h a.h out gone' > ../d"
  const order = { cwd: 'sub', depfile: 'd', outputs: ['sub/out'], outputsOptional: true } as const
  const expected = [
    ['sub/a.h', digestOf('sub/a.h')],
    ['sub/b.h', digestOf('sub/b.h')],
    ['sub/gone', null],
  ]
  t.deepEqual((await bench.succeed(t, shell, order)).discovered as unknown, expected)
  t.true(bench.has('d'))
  t.deepEqual((await bench.succeed(t, shell, { ...order, deps: 'gcc' })).discovered as unknown, expected)
  t.false(bench.has('d'))
})

test('a discovered file that changed during the run has an unknown content', async (t) => {
  const bench = new WorkerBench(t)
  bench.write('steady.h', '1')
  bench.write('changed.h', '1')
  const shell = "touch running; until test -e go; do sleep 0.01; done; echo 'out: steady.h changed.h' > d; touch out"
  await until('they are older than the command', () => Date.now() - statSync(bench.path('changed.h')).ctimeMs > 25)
  const task = bench.order(shell, { outputs: ['out'], depfile: 'd', deps: 'gcc' })
  await bench.seen('running')
  await until('a tick has passed', () => Date.now() - statSync(bench.path('running')).ctimeMs > 25)
  bench.write('changed.h', '2')
  const past = new Date(1_600_000_000_000)
  utimesSync(bench.path('changed.h'), past, past)
  bench.write('go', '')
  t.like(await bench.ended(task), {
    discovered: [
      ['steady.h', digestOf('1')],
      ['changed.h', null],
    ],
  })
})

test('a depfile that is no depfile or can not be read is invalid, and one that is missing lists nothing', async (t) => {
  const bench = new WorkerBench(t)
  const order = { outputs: ['out'], depfile: 'd' }
  const bad = await bench.fail("touch out; echo 'no target here' > d", order)
  t.is(bad.failure.kind, 'invalid')
  t.regex(bad.failure.message, /^d: ./)
  const unreadable = await bench.fail('touch out; rm -f d; mkdir d', order)
  t.deepEqual(unreadable.failure, { kind: 'invalid', message: "d: the depfile can't be read (EISDIR)" })
  t.deepEqual((await bench.succeed(t, 'touch out; rmdir d', { ...order, deps: 'gcc' })).discovered, [])
})

test('of ninja, a kept depfile must speak of the first output first, and of no file that is no output', async (t) => {
  const bench = new WorkerBench(t)
  const order = { outputs: ['a', 'b'], depfile: 'd', outputsOptional: true } as const
  t.deepEqual((await bench.succeed(t, 'echo b: x > d', order)).discovered, [['d', null]])
  t.deepEqual((await bench.succeed(t, 'rm d', order)).discovered, [['d', null]])
  const { failure } = await bench.fail('echo a c: x > d', order)
  t.deepEqual(failure, { kind: 'invalid', message: "d: speaks of 'c', which is no output of this task" })
})

test('what Visual C++ lists as included is discovered and not shown, also when the command failed', async (t) => {
  const bench = new WorkerBench(t)
  bench.write('a.h', '1')
  await until('it is older than the command', () => Date.now() - statSync(bench.path('a.h')).ctimeMs > 25)
  const shell = "echo main.cpp; echo 'Including:  a.h'; echo 'main.cpp(1): error'"
  const order = { deps: 'msvc', depsPrefix: 'Including: ' } as const
  const good = await bench.succeed(t, shell, order)
  t.deepEqual([good.discovered, textOf(good)] as unknown, [[['a.h', digestOf('1')]], 'main.cpp(1): error\n'])
  const missing = await bench.fail(shell, { ...order, outputs: ['unmade'] })
  for (const bad of [await bench.fail(`${shell}; exit 2`, order), missing]) t.is(textOf(bad), 'main.cpp(1): error\n')
})

test('when no command can be started, or the worker itself fails, the failure is one of the infrastructure', async (t) => {
  for (const [error, message] of [
    [new ExecutorError('no shell here'), 'no shell here'],
    [new TypeError('oops'), 'the worker failed: oops'],
  ] as const) {
    const bench = new WorkerBench(t, { run: () => Promise.reject(error), close: async () => {} })
    t.deepEqual((await bench.fail('true')).failure, { kind: 'infrastructure', message })
  }
})

test('as many commands run at once as there are slots', async (t) => {
  const bench = new WorkerBench(t)
  const waits = (mine: string, other: string) => `touch ${mine}; until test -e ${other}; do sleep 0.01; done`
  const tasks = [bench.order(waits('a', 'b')), bench.order(waits('b', 'a')), bench.order('touch c')]
  for (const task of tasks) t.is((await bench.ended(task)).type, 'attempt-succeeded')
})
