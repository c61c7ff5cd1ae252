import test from 'ava'
import { explaining, explainWithCache } from '../../../../services/cli/progress/explaining-reporter.ts'
import { JsonReporter } from '../../../../services/cli/progress/json-reporter.ts'
import { PlainReporter } from '../../../../services/cli/progress/plain-reporter.ts'
import { TerminalReporter } from '../../../../services/cli/progress/terminal-reporter.ts'
import { EmulatedScreen } from './emulated-screen.ts'
import { MemoryStream } from './memory-stream.ts'
import { ScriptedBuild, scriptedTask } from './scripted-build.ts'

const two = () => [scriptedTask(0), scriptedTask(1)]
const options = { readOutput: async () => Buffer.from(''), now: () => 1_000_000, isVerbose: false, isQuiet: false }

test('as JSON a cached task is an event with its id, and the summary counts it', async (t) => {
  const stdout = new MemoryStream(false)
  const build = new ScriptedBuild(new JsonReporter({ stdout, stderr: stdout }), two())
  build.begin(1)
  build.commit(build.cached(0), build.cached(1))
  await build.end()
  const objects = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.like(
    objects.find(({ type }) => type === 'task-cached'),
    { task: 0, id: 'f0.o', origin: { worker: 'w', runMs: 1000 } },
  )
  t.like(objects.at(-1), { type: 'summary', total: 2, cached: 2, run: 0 })
})

test('in plain lines a cached task speaks only when its run did, and counts among the finished', async (t) => {
  const stdout = new MemoryStream(false)
  const build = new ScriptedBuild(new PlainReporter({ ...options, stdout, stderr: stdout, hasColour: false }), [
    ...two(),
    scriptedTask(2),
  ])
  build.begin(1)
  build.commit(build.cached(0))
  build.commit(build.cached(1, { text: 'a warning' }))
  build.start(2)
  build.finish(2)
  await build.end()
  t.is(
    stdout.text,
    '[2/3] CXX f1.o\na warning\n[3/3] CXX f2.o\n3 tasks: 0 up to date, 2 cached, 1 run, 0 failed, 0 skipped (12.3 s)\n',
  )
})

test('on a terminal a cached task counts and is named as the one that ended last, and reasons stand above', (t) => {
  const screen = new EmulatedScreen(100, 24)
  const terminal = new TerminalReporter({
    ...options,
    stdout: screen,
    stderr: screen,
    hasColour: false,
    repeat: () => () => {},
  })
  const build = new ScriptedBuild(explaining(terminal, explainWithCache(options.now)), two())
  build.begin(2)
  build.commit(build.cached(0))
  build.start(1)
  terminal.draw()
  t.deepEqual(screen.lines, [
    'f0.o: from the cache (built 1 min ago by w): output missing: f0.o',
    'f1.o: no record',
    '[1/2 0s] CXX f0.o',
    '    0s CXX f1.o',
  ])
})
