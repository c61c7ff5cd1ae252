import test from 'ava'
import { traceIdOf } from '../../../events/trace-context.ts'
import { slotRows } from '../../../services/cli/replay/export/slot-rows.ts'
import { spansIn } from '../../infra/telemetry/otlp-collector.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'

/** An event of a Chrome trace; times are in µs. */
interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly cat?: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: Readonly<Record<string, unknown>>
}

/** Tasks that are there to run side by side, and one that fails. */
const wide = {
  'build.ninja': [
    'rule say',
    '  command = sleep 0.05; echo $out > $out',
    'rule fail',
    '  command = exit 3',
    ...Array.from({ length: 6 }, (_, i) => `build out${i}: say`),
    'build bad: fail',
    '',
  ].join('\n'),
}

function chromeTrace(rig: MillraceRig): readonly TraceEvent[] {
  const { stdout } = rig.millrace(['replay', '--export', 'chrome-trace'])
  return JSON.parse(stdout).traceEvents
}

test('a local build is told as a trace that a collector takes, though nobody traced it', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const { build } = JSON.parse(rig.millrace(['builds', '--json', '-n', '1']).stdout)
  const run = rig.millrace(['replay', '--export', 'otlp'])
  t.is(run.code, 0, run.stderr)
  const spans = spansIn(run.stdout)
  t.true(spans.every(({ traceId }) => traceId === traceIdOf(build)))
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const paths = spans.map(({ name, parentSpanId }) => {
    const parent = byId.get(parentSpanId ?? '')
    return parent === undefined ? name : `${parent.name}/${name}`
  })
  const phases = ['queue', 'fetch', 'run', 'store']
  t.deepEqual(paths, [
    ...['a', 'b', 'c'].flatMap((task) => [...phases.map((phase) => `${task}/${phase}`), `build/${task}`]),
    'build',
  ])
  t.is(rig.millrace(['replay', '--export', 'otlp']).stdout, run.stdout, 'it is the same every time')
})

test('a failed task and its attempt have the status of an error', (t) => {
  const rig = new MillraceRig(t, wide)
  rig.build('bad')
  const spans = spansIn(rig.millrace(['replay', '--export', 'otlp']).stdout)
  const errors = spans.flatMap(({ name, status }) => (status.code === 2 ? [name] : []))
  t.deepEqual(errors, ['attempt 1', 'bad', 'build'])
})

test('a drawing has a row for each slot of a worker, on which nothing overlaps', (t) => {
  const rig = new MillraceRig(t, wide)
  rig.usesCache = false
  rig.build('-j', '3', '-k', '0')
  const events = chromeTrace(rig)
  const names = events.flatMap(({ ph, name, args }) => (ph === 'M' && name === 'thread_name' ? [args.name] : []))
  t.true(names.length <= 3)
  t.true(names.includes('local slot 1'))
  const slices = events.filter(({ ph }) => ph === 'X')
  const tasks = slices.filter(({ cat }) => cat === 'task').toSorted((a, b) => a.ts - b.ts)
  t.deepEqual(tasks.map(({ name }) => name).sort(), ['bad', ...Array.from({ length: 6 }, (_, i) => `out${i}`)])
  for (const [i, { pid, tid, ts }] of tasks.entries())
    for (const before of tasks.slice(0, i))
      if (before.pid === pid && before.tid === tid) t.true(before.ts + before.dur <= ts)
  for (const phase of slices.filter(({ cat }) => cat === 'phase'))
    t.true(
      tasks.some(
        ({ pid, tid, ts, dur }) =>
          pid === phase.pid && tid === phase.tid && ts <= phase.ts && phase.ts + phase.dur <= ts + dur,
      ),
      'phases lie within their task',
    )
  t.is(typeof tasks.find(({ name }) => name === 'bad')!.args.error, 'string')
  const root = slices.find(({ cat }) => cat === 'build')!
  t.is(root.ts, 0)
})

test('what came from the cache is marked on the row of the build', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  for (const name of ['a', 'b', 'c']) rig.remove(name)
  rig.mustBuild(t)
  const events = chromeTrace(rig)
  const marks = events.filter(({ cat }) => cat === 'cached')
  t.deepEqual(
    marks.map(({ name, ph }) => [name, ph]),
    [
      ['a', 'i'],
      ['b', 'i'],
      ['c', 'i'],
    ],
  )
  t.false(events.some(({ cat }) => cat === 'task'))
})

test('what else a replay can tell is not mixed into a trace', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  for (const [args, message] of [
    [['--export', 'otlp', '--task', 'a'], /^millrace: --export and --task can't be used together$/m],
    [['--export', 'otlp', '--json'], /^millrace: --json can't be used with --export$/m],
    [['--export', 'svg'], /otlp, chrome-trace/],
  ] as const) {
    const { code, stderr } = rig.millrace(['replay', ...args])
    t.is(code, 2)
    t.regex(stderr, message)
  }
})

test('rows are filled from the first on, worker by worker', (t) => {
  const stretch = (worker: string, startMs: number, endMs: number) => ({ worker, startMs, endMs })
  const rows = slotRows([stretch('b', 0, 10), stretch('a', 5, 9), stretch('b', 5, 20), stretch('b', 10, 12)])
  t.deepEqual(
    rows.map(({ worker, row }) => `${worker}.${row}`),
    ['1.0', '0.0', '1.1', '1.0'],
  )
})
