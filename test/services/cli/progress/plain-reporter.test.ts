import test from 'ava'
import type { TaskOutput } from '../../../../events/task-events.ts'
import { PlainReporter, type PlainReporterOptions } from '../../../../services/cli/progress/plain-reporter.ts'
import { MemoryStream } from './memory-stream.ts'
import { buildId, ScriptedBuild, scriptedTask } from './scripted-build.ts'

function plain(tasks: ReturnType<typeof scriptedTask>[], options: Partial<PlainReporterOptions> = {}) {
  const stdout = new MemoryStream(false)
  const stderr = new MemoryStream(false)
  const readOutput = async (_: TaskOutput): Promise<Uint8Array> => Buffer.from('long output\n')
  const now = () => 0
  const reporter = new PlainReporter({
    stdout,
    stderr,
    readOutput,
    now,
    isVerbose: false,
    isQuiet: false,
    hasColour: false,
    ...options,
  })
  return { stdout, stderr, build: new ScriptedBuild(reporter, tasks) }
}

const three = () => [0, 1, 2].map((n) => scriptedTask(n))

test('each finished task is one line, and the summary ends the output', async (t) => {
  const { stdout, build } = plain(three())
  build.begin(3)
  build.start(0, 1, 2)
  for (const task of [1, 0, 2]) build.finish(task)
  await build.end()
  t.is(
    stdout.text,
    `[1/3] CXX f1.o\n[2/3] CXX f0.o\n[3/3] CXX f2.o\n3 tasks: 0 up to date, 0 cached, 3 run, 0 failed, 0 skipped (12.3 s)\n`,
  )
})

test('all lines of one commit are written at once', (t) => {
  const { stdout, build } = plain(three())
  build.begin(3)
  build.start(0, 1, 2)
  build.commit(build.succeeded(0), build.succeeded(1), build.succeeded(2))
  t.is(stdout.writes, 1)
})

test('with -v the command stands in place of the description', (t) => {
  const { stdout, build } = plain(three(), { isVerbose: true })
  build.begin(3)
  build.start(0)
  build.finish(0)
  t.is(stdout.text, '[1/3] cc -c f0.c\n')
})

test('a failed task shows its outputs, its command and what it printed, and the end names a next step', async (t) => {
  const { stdout, build } = plain([scriptedTask(0), scriptedTask(1, {}, [0])])
  build.begin(1)
  build.start(0)
  build.fail(0, undefined, { text: 'f0.c:1: error' })
  await build.end(40)
  t.is(
    stdout.text,
    [
      '[1/2] CXX f0.o',
      'FAILED: [code=1] f0.o',
      'cc -c f0.c',
      'f0.c:1: error',
      '2 tasks: 0 up to date, 0 cached, 0 run, 1 failed, 1 skipped (0.04 s)',
      `to look into the failure: millrace replay ${buildId} --task f0.o`,
      '',
    ].join('\n'),
  )
})

test("a failure that is not the command's own names its kind and says what happened", (t) => {
  const { stdout, build } = plain(three())
  build.begin(1)
  build.start(0)
  build.fail(0, { kind: 'timeout', exitCode: 137, message: 'killed after 5 s, its time limit' })
  t.is(stdout.text, '[1/3] CXX f0.o\nFAILED: [timeout] f0.o\ncc -c f0.c\nkilled after 5 s, its time limit\n')
})

test('an attempt that is followed by another is told in one line and counted as retried', async (t) => {
  const { stdout, build } = plain([scriptedTask(0, { retries: 1 })])
  build.begin(1)
  build.start(0)
  build.fail(0, undefined, { text: 'flaky' })
  build.commit(build.started(0, 2))
  build.commit(build.succeeded(0, undefined, 2))
  await build.end()
  t.is(
    stdout.text,
    'RETRY: [code=1] f0.o (attempt 1: exit code 1)\n[1/1] CXX f0.o\n' +
      '1 tasks: 0 up to date, 0 cached, 1 run, 0 failed, 0 skipped, 1 retried (12.3 s)\n',
  )
})

test('a build with everything up to date says that there is nothing to do', async (t) => {
  const { stdout, build } = plain(three())
  build.begin(1, { upToDate: [0, 3] })
  await build.end()
  t.is(
    stdout.text,
    'nothing to do: 3 tasks are up to date\n3 tasks: 3 up to date, 0 cached, 0 run, 0 failed, 0 skipped (12.3 s)\n',
  )
})

test('the total leaves out what is up to date from the start or comes out so', (t) => {
  const { stdout, build } = plain([scriptedTask(0), scriptedTask(1), scriptedTask(2, {}, [1])])
  build.begin(2, { upToDate: [0, 1] })
  build.start(1)
  build.finish(1)
  build.commit({ type: 'task-up-to-date', task: 2 })
  t.is(stdout.text, '[1/2] CXX f1.o\n')
})

test('output that has to be read stays in its place', async (t) => {
  const reading = Promise.withResolvers<Uint8Array>()
  const { stdout, build } = plain(three(), { readOutput: () => reading.promise })
  build.begin(3)
  build.start(0, 1, 2)
  build.finish(0, { attachment: 'd/9', bytesDropped: 7 })
  build.finish(1, { text: 'short' })
  t.is(stdout.text, '[1/3] CXX f0.o\n')
  reading.resolve(Buffer.from('long'))
  build.finish(2)
  await build.end()
  const note = '(7 bytes of output beyond the limit were not kept)'
  t.true(stdout.text.startsWith(`[1/3] CXX f0.o\nlong\n${note}\n[2/3] CXX f1.o\nshort\n[3/3] CXX f2.o\n3 tasks`))
})

test('output that can not be read any more is said to be so, and the build is told on', async (t) => {
  const { stdout, build } = plain(three(), { readOutput: () => Promise.reject(new Error('not there')) })
  build.begin(3)
  build.start(0)
  build.finish(0, { attachment: 'd/9' })
  await build.end()
  t.true(stdout.text.startsWith("[1/3] CXX f0.o\n(its output can't be read: not there)\n3 tasks: "))
})

test('output that is not UTF-8 is passed on byte by byte', async (t) => {
  const bytes = Buffer.from([0x66, 0xfc, 0x72, 0x0a])
  const { stdout, build } = plain(three(), { readOutput: async () => bytes })
  build.begin(3)
  build.start(0)
  build.finish(0, { attachment: 'd/9' })
  await build.end()
  t.true(stdout.bytes.includes(bytes))
})

test('colours of a task are taken out where they are not wanted and ended where they are', (t) => {
  const text = '\u001b[31mred'
  for (const [hasColour, shown] of [
    [false, 'red\n'],
    [true, '\u001b[31mred\n\u001b[0m'],
  ] as const) {
    const { stdout, build } = plain(three(), { hasColour })
    build.begin(3)
    build.start(0)
    build.finish(0, { text })
    t.is(stdout.text, `[1/3] CXX f0.o\n${shown}`)
  }
})

test('a quiet build shows failures and the summary alone', async (t) => {
  const { stdout, build } = plain(three(), { isQuiet: true })
  build.begin(3, {}, 0)
  build.start(0, 1, 2)
  build.finish(0, { text: 'warning' })
  build.fail(1, undefined, { text: 'error' })
  build.finish(2)
  await build.end()
  t.regex(stdout.text, /^FAILED: \[code=1\] f1\.o\ncc -c f1\.c\nerror\n3 tasks: .*\nto look .*\n$/)
})

test('while a console task runs the others wait with what they have to say', (t) => {
  const { stdout, build } = plain([scriptedTask(0, { pool: 'console' }), scriptedTask(1), scriptedTask(2)])
  build.begin(3)
  build.start(0, 1, 2)
  t.is(stdout.text, '[0/3] CXX f0.o\n')
  build.finish(1, { text: 'out' })
  t.is(stdout.text, '[0/3] CXX f0.o\n')
  build.finish(0)
  t.is(stdout.text, '[0/3] CXX f0.o\n[1/3] CXX f1.o\nout\n')
})

test('a cancelled build says so and counts what it did not do', async (t) => {
  const { stdout, build } = plain(three())
  build.begin(1)
  build.start(0)
  const counts = { total: 3, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 3, retried: 0 }
  build.commit({ type: 'tasks-cancelled', tasks: [0, 3] }, { type: 'build-cancelled', reason: 'interrupted', counts })
  await build.end()
  t.is(stdout.text, 'interrupted\n3 tasks: 0 up to date, 0 cached, 0 run, 0 failed, 0 skipped, 3 cancelled (12.3 s)\n')
})

test('notices go to standard error', (t) => {
  const { stdout, stderr, build } = plain(three())
  build.reporter.notice('warning: w')
  t.is(stderr.text, 'warning: w\n')
  t.is(stdout.text, '')
})

test('a reader that went away is no error', async (t) => {
  const { stdout, stderr, build } = plain(three())
  build.begin(3)
  build.start(0)
  stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  build.finish(0)
  await build.end()
  t.is(stdout.text + stderr.text, '')
})
