import test from 'ava'
import { TerminalReporter, type TerminalReporterOptions } from '../../../../services/cli/progress/terminal-reporter.ts'
import { EmulatedScreen } from './emulated-screen.ts'
import { MemoryStream } from './memory-stream.ts'
import { ScriptedBuild, scriptedTask } from './scripted-build.ts'

function terminal(
  tasks: ReturnType<typeof scriptedTask>[],
  rest: Partial<TerminalReporterOptions> & { columns?: number; rows?: number } = {},
) {
  const screen = new EmulatedScreen(rest.columns ?? 40, rest.rows ?? 24)
  let isDrawing = false
  let nowMs = 1_000_000
  const reporter = new TerminalReporter({
    stdout: screen,
    stderr: screen,
    readOutput: async () => Buffer.from('long\n'),
    now: () => nowMs,
    isVerbose: false,
    isQuiet: false,
    hasColour: true,
    repeat: () => {
      isDrawing = true
      return () => {
        isDrawing = false
      }
    },
    ...rest,
  })
  const build = new ScriptedBuild(reporter, tasks)
  return {
    screen,
    reporter,
    build,
    isDrawing: () => isDrawing,
    after: (ms: number) => {
      nowMs += ms
      build.atMs = nowMs
      reporter.draw()
      return screen.lines
    },
  }
}

const some = (count: number) => Array.from({ length: count }, (_, n) => scriptedTask(n))

test('the status line counts, tells the time and names the task that ended last; the running ones stand below', (t) => {
  const { build, after } = terminal(some(4))
  build.request()
  t.deepEqual(after(0), ['[0s] planning'])
  build.commit(
    { type: 'build-planned', graph: 'g', upToDate: [], discovered: [], dyndeps: [], durations: [] },
    { type: 'build-started', slots: 2 },
  )
  build.start(0, 1)
  t.deepEqual(after(1000), ['[0/4 1s]', '    1s CXX f0.o', '    1s CXX f1.o'])
  build.finish(0)
  build.start(2)
  t.deepEqual(after(500), ['[1/4 1s ~2s] CXX f0.o', '    1s CXX f1.o', '    0s CXX f2.o'])
})

test('durations of earlier builds give the time that is left', (t) => {
  const { build, after } = terminal(some(4))
  build.begin(2, { durations: [0, 4000, 1, 4000, 2, 4000, 3, 4000] })
  build.start(0, 1)
  t.is(after(1000)[0], '[0/4 1s ~7s]')
})

test('a low terminal has the status line alone, with the task that started last', (t) => {
  const { build, after } = terminal(some(4), { rows: 8 })
  build.begin(2)
  build.start(0, 1)
  t.deepEqual(after(1000), ['[0/4 1s] CXX f1.o'])
})

test('more running tasks than lines are counted in the last line', (t) => {
  const { build, after } = terminal(some(20))
  build.begin(12)
  build.start(...some(12).keys())
  const lines = after(0)
  t.is(lines.length, 9)
  t.is(lines.at(-1), '       and 5 more')
})

test('what a task printed stands above the status lines, whole, after them gone', async (t) => {
  const { build, after, screen } = terminal(some(2))
  build.begin(2)
  build.start(0, 1)
  after(0)
  build.finish(0, { text: `${'w'.repeat(50)}\nsecond` })
  const printed = ['[1/2] CXX f0.o', 'w'.repeat(40), 'w'.repeat(10), 'second']
  t.deepEqual(after(1000), [...printed, '[1/2 1s ~1s] CXX f0.o', '    1s CXX f1.o'])
  build.finish(1, { attachment: 'd/5' })
  after(0)
  await build.end()
  t.deepEqual(screen.lines.join('\n').replaceAll(/ \(.*/g, '').split('\n').slice(0, 6), [
    ...printed,
    '[2/2] CXX f1.o',
    'long',
  ])
  t.regex(screen.lines.slice(6).join(''), /^2 tasks: 0 up to date, 0 cached, 2 run, 0 failed, 0 skipped \(12\.3 s\)$/)
})

test('a failed task is shown with its command and counted in the status line', (t) => {
  const { build, after } = terminal(some(3))
  build.begin(2, {}, 0)
  build.start(0, 1)
  build.fail(0, undefined, { text: 'error' })
  t.deepEqual(after(0).slice(0, 5), [
    '[1/3] CXX f0.o',
    'FAILED: [code=1] f0.o',
    'cc -c f0.c',
    'error',
    '[1/3 0s ~1s 1 failed] CXX f0.o',
  ])
})

test('long lines lose their middle so that they never wrap', (t) => {
  const { build, after } = terminal([
    scriptedTask(0, { description: `CXX ${'directory/'.repeat(9)}日本語.o` }),
    scriptedTask(1),
  ])
  build.begin(2)
  build.start(0)
  const line = after(0)[1]!
  t.is(line, '    0s CXX directo...directory/日本語.o')
})

test('a terminal made narrower is cleared of the lines that it wrapped', (t) => {
  const stdout = new MemoryStream(true)
  const { build, reporter } = terminal([scriptedTask(0, { description: 'D'.repeat(60) }), scriptedTask(1)], { stdout })
  build.begin(2)
  build.start(0)
  reporter.draw()
  stdout.columns = 40
  reporter.draw()
  t.true(stdout.text.includes(`\r\u001b[K${'\u001b[A\u001b[K'.repeat(2)}[0/2 0s]`))
})

test('while a console task runs the screen is its own', async (t) => {
  const { build, after, screen } = terminal([scriptedTask(0, { pool: 'console' }), ...some(3).slice(1)])
  build.begin(3)
  build.start(1, 2)
  after(0)
  build.start(0)
  screen.write('from the console task\n')
  build.finish(1, { text: 'kept' })
  t.deepEqual(after(5000), ['[0/3] CXX f0.o', 'from the console task'])
  build.finish(0)
  t.deepEqual(screen.lines.slice(2), ['[1/3] CXX f1.o', 'kept'])
  t.is(after(0).at(-1), '    5s CXX f2.o')
})

test('a notice stands above the status lines at once', (t) => {
  const { build, after, reporter, screen } = terminal(some(2))
  reporter.notice('warning: early')
  build.begin(2)
  build.start(0)
  after(0)
  reporter.notice('warning: late')
  t.deepEqual(screen.lines, ['warning: early', 'warning: late', '[0/2 0s]', '    0s CXX f0.o'])
})

test('the end of a build takes the status lines away and stops the drawing', async (t) => {
  const { build, after, screen, isDrawing } = terminal(some(1), { columns: 100 })
  build.begin(2)
  build.start(0)
  after(0)
  t.true(isDrawing())
  build.finish(0)
  t.deepEqual(screen.lines, [''])
  await build.end()
  t.false(isDrawing())
  t.deepEqual(screen.lines, ['1 tasks: 0 up to date, 0 cached, 1 run, 0 failed, 0 skipped (12.3 s)'])
})

test('a screen that would look the same is not written again', (t) => {
  const stdout = new MemoryStream(true)
  const { build, reporter } = terminal(some(1), { stdout })
  build.begin(2)
  build.start(0)
  reporter.draw()
  reporter.draw()
  t.is(stdout.writes, 1)
})
