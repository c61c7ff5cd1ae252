import test from 'ava'
import { JsonReporter } from '../../../../services/cli/progress/json-reporter.ts'
import { MemoryStream } from './memory-stream.ts'
import { buildId, ScriptedBuild, scriptedTask } from './scripted-build.ts'

function json() {
  const stdout = new MemoryStream(false)
  const stderr = new MemoryStream(false)
  const build = new ScriptedBuild(new JsonReporter({ stdout, stderr }), [scriptedTask(0), scriptedTask(1, {}, [0])])
  const objects = () =>
    stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { stdout, stderr, build, objects }
}

test('each event of each commit is one object with its build, version and time, and the id of its task', (t) => {
  const { build, objects } = json()
  build.begin(1)
  build.atMs++
  build.start(0)
  t.deepEqual(
    objects().map((object) => [object.version, object.type]),
    [
      [1, 'build-requested'],
      [2, 'build-planned'],
      [2, 'build-started'],
      [3, 'task-queued'],
      [4, 'task-started'],
    ],
  )
  t.like(objects()[1], { build: buildId, at: 1_000_000 })
  t.like(objects()[4], { build: buildId, at: 1_000_001, task: 0, id: 'f0.o', worker: 'w' })
})

test('an event of many tasks has all their ids, and what a task printed is in its event', async (t) => {
  const { build, objects } = json()
  build.begin(1)
  build.start(0)
  build.fail(0, undefined, { text: 'error' })
  t.like(objects().at(-3), { type: 'task-attempt-failed', id: 'f0.o', output: { text: 'error' } })
  t.deepEqual(objects().at(-2).ids, ['f1.o'])
})

test('the summary is the last line, and notices go to standard error', async (t) => {
  const { build, objects, stderr } = json()
  build.begin(1, { upToDate: [0, 2] })
  build.reporter.notice('warning: w')
  await build.end(7)
  t.deepEqual(objects().at(-1), {
    type: 'summary',
    build: buildId,
    status: 'succeeded',
    total: 2,
    up_to_date: 2,
    cached: 0,
    run: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    retried: 0,
    wall_ms: 7,
  })
  t.is(stderr.text, 'warning: w\n')
})
