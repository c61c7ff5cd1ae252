import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import type { BuildSpan } from '../../events/build-span.ts'
import { BuildTrace, traceOf } from '../../events/build-trace.ts'
import { type Commit, chainStart } from '../../events/commit.ts'
import { digestOf } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { AttemptEnd, TaskSucceeded } from '../../events/task-events.ts'
import { spanIdOf, traceIdOf, traceparentOf } from '../../events/trace-context.ts'

const buildId = '01j00000000000000000000000'
const requester = { host: 'host', pid: 1, version: '0.1.0' }
const request = {
  directory: '/src',
  reader: 'json',
  file: 'millrace.json',
  targets: ['app'],
  failuresMax: 1,
  policy: 'fifo',
} as const
const counts = { total: 1, upToDate: 0, cached: 0, run: 1, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
const succeeded: BuildEvent = { type: 'build-succeeded', counts }
const lookedUp = {
  command: digestOf('command'),
  inputs: [],
  reason: { kind: 'no-record' },
} as const

const taskName = (task: number) => `t${task}`

/** A build whose commits are made at 1000, 1100, 1200, ... */
function commitsOf(...batches: readonly (readonly BuildEvent[])[]): Commit[] {
  const all: (readonly BuildEvent[])[] = [[{ type: 'build-requested', request, requester }], ...batches]
  return all.map((events, i) => ({
    v: 2,
    buildId,
    version: i + 1,
    epoch: 1,
    prev: chainStart,
    at: 1000 + i * 100,
    events,
  }))
}

const spansOf = (...batches: readonly (readonly BuildEvent[])[]) => traceOf(commitsOf(...batches), taskName)

const queued = (task: number): BuildEvent => ({
  type: 'task-queued',
  task,
  ...lookedUp,
  miss: { kind: 'unknown-task', key: 'a' },
})
const started = (task: number, at: number, attempt = 1, worker = 'w1'): BuildEvent => ({
  type: 'task-started',
  task,
  attempt,
  worker,
  at,
})

/** An attempt that waited for 5 ms and took 10, 20 and 30 ms until `at`. */
const end = (task: number, at: number, attempt = 1, worker = 'w1'): AttemptEnd => ({
  task,
  attempt,
  worker,
  at,
  phases: { queueMs: 5, fetchMs: 10, runMs: 20, storeMs: 30 },
})
const done = (task: number, at: number, attempt = 1): TaskSucceeded => ({
  type: 'task-succeeded',
  ...end(task, at, attempt),
  discovered: [],
  outputs: [],
})
const failed = (task: number, at: number, failure: Failure, attempt = 1): BuildEvent => ({
  type: 'task-attempt-failed',
  ...end(task, at, attempt),
  failure,
})
const cached = (task: number): BuildEvent => ({
  type: 'task-cached',
  task,
  ...lookedUp,
  action: 'a',
  discovered: [],
  outputs: [],
  origin: { build: '01j00000000000000000000001', worker: 'w9', at: 1, runMs: 1 },
})

/** `build > t0 > run 1110-1130` and so on, in the order of the spans. */
function outline(spans: readonly BuildSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const pathOf = ({ name, parentSpanId }: BuildSpan): string =>
    parentSpanId === undefined ? name : `${pathOf(byId.get(parentSpanId)!)} > ${name}`
  return spans.map((span) => `${pathOf(span)} ${span.startMs}-${span.endMs}`)
}

function only<Item>(items: readonly Item[]): Item {
  if (items.length !== 1) throw new Error(`${items.length} instead of one`)
  return items[0]!
}

const named = (spans: readonly BuildSpan[], name: string) => only(spans.filter((span) => span.name === name))

test('a task has a span below its build’s, and its phases follow each other below that', (t) => {
  const spans = spansOf([queued(0)], [started(0, 1110)], [done(0, 1170)], [succeeded])
  t.deepEqual(outline(spans), [
    'build > t0 > queue 1105-1110',
    'build > t0 > fetch 1110-1120',
    'build > t0 > run 1120-1140',
    'build > t0 > store 1140-1170',
    'build > t0 1100-1170',
    'build 1000-1400',
  ])
  t.like(named(spans, 't0').attributes, {
    'millrace.task.id': 't0',
    'millrace.outcome': 'succeeded',
    'millrace.attempts': 1,
    'millrace.worker': 'w1',
    'millrace.reason': 'no record',
    'millrace.cache.miss': 'unknown-task',
  })
  t.like(named(spans, 'build').attributes, {
    'millrace.build.id': buildId,
    'millrace.targets': ['app'],
    'millrace.outcome': 'succeeded',
    'millrace.tasks.run': 1,
  })
  t.true(spans.every(({ error }) => error === undefined))
})

test('ids follow from the build’s id, so that anybody can name a span', (t) => {
  const spans = spansOf([queued(3)], [started(3, 1110)], [done(3, 1170)], [succeeded])
  t.true(spans.every(({ traceId }) => traceId === traceIdOf(buildId)))
  t.is(new Set(spans.map(({ spanId }) => spanId)).size, spans.length)
  const parentIn = (header: string) => /^00-[0-9a-f]{32}-([0-9a-f]{16})-01$/.exec(header)?.[1]
  t.is(parentIn(traceparentOf(buildId)), named(spans, 'build').spanId)
  t.is(parentIn(traceparentOf(buildId, 3)), named(spans, 't3').spanId)
  t.is(parentIn(traceparentOf(buildId, 3, 1)), named(spans, 'run').spanId)
})

test('a retry is an event of its task, below which the failed attempt has a span that the next one links to', (t) => {
  const lost: Failure = { kind: 'infrastructure', message: 'no space left' }
  const spans = spansOf(
    [queued(0)],
    [started(0, 1110)],
    [failed(0, 1170, lost)],
    [started(0, 1310, 2)],
    [done(0, 1370, 2)],
    [succeeded],
  )
  t.deepEqual(outline(spans), [
    'build > t0 > attempt 1 > queue 1105-1110',
    'build > t0 > attempt 1 > fetch 1110-1120',
    'build > t0 > attempt 1 > run 1120-1140',
    'build > t0 > attempt 1 > store 1140-1170',
    'build > t0 > attempt 1 1105-1170',
    'build > t0 > queue 1305-1310',
    'build > t0 > fetch 1310-1320',
    'build > t0 > run 1320-1340',
    'build > t0 > store 1340-1370',
    'build > t0 1100-1370',
    'build 1000-1600',
  ])
  const attempt = named(spans, 'attempt 1')
  t.is(attempt.error, 'no space left')
  t.is(attempt.attributes['millrace.failure'], 'infrastructure')
  const task = named(spans, 't0')
  t.is(task.error, undefined)
  t.is(task.attributes['millrace.attempts'], 2)
  t.deepEqual(
    task.events.map(({ name, atMs }) => [name, atMs]),
    [
      ['attempt-started', 1110],
      ['attempt-failed', 1170],
      ['attempt-started', 1310],
    ],
  )
  t.is(only(spans[5]!.links).spanId, attempt.spanId)
})

test('of an attempt whose worker was lost no phases are known', (t) => {
  const lost: BuildEvent = {
    type: 'task-attempt-failed',
    ...end(0, 1500),
    phases: { queueMs: 0, fetchMs: 0, runMs: 0, storeMs: 0 },
    failure: { kind: 'worker-lost', message: 'w1 is gone' },
  }
  const spans = spansOf([queued(0)], [started(0, 1110)], [lost], [started(0, 1610, 2)], [done(0, 1670, 2)], [succeeded])
  t.is(outline(spans)[0], 'build > t0 > attempt 1 1110-1500')
})

test('a task that failed ends with its last attempt, and is as bad as the build', (t) => {
  const failure: Failure = { kind: 'user', exitCode: 3, message: 'exit code 3' }
  const spans = spansOf(
    [queued(0), queued(1)],
    [started(0, 1110), started(1, 1110)],
    [failed(0, 1170, failure)],
    [done(1, 1270)],
    [{ type: 'build-failed', counts: { ...counts, failed: 1 } }],
  )
  const task = named(spans, 't0')
  t.is(task.endMs, 1170)
  t.is(task.error, 'exit code 3')
  t.like(task.attributes, { 'millrace.outcome': 'failed', 'millrace.failure': 'user', 'millrace.exit_code': 3 })
  t.is(named(spans, 'build').error, '1 run, 1 failed')
  t.is(named(spans, 't1').error, undefined)
})

test('a task from the cache has a span without phases that links to the build that made it; others have none', (t) => {
  const spans = spansOf(
    [cached(0), { type: 'task-up-to-date', task: 1 }, { type: 'tasks-skipped', tasks: [2, 5] }],
    [succeeded],
  )
  t.deepEqual(outline(spans), ['build > t0 1100-1100', 'build 1000-1200'])
  const task = named(spans, 't0')
  t.like(task.attributes, { 'millrace.outcome': 'cached', 'millrace.cache': 'hit', 'millrace.cache.worker': 'w9' })
  t.is(only(task.links).traceId, traceIdOf('01j00000000000000000000001'))
})

test('a build that another replica takes over goes on with the same spans, which tell of it', (t) => {
  const takenOver: BuildEvent = { type: 'build-taken-over', requester: { ...requester, host: 'other' } }
  const spans = spansOf([queued(0)], [started(0, 1110)], [takenOver], [done(0, 1370)], [succeeded])
  const task = named(spans, 't0')
  t.deepEqual([task.startMs, task.endMs], [1100, 1370])
  for (const { events } of [task, named(spans, 'build')]) {
    const event = only(events.filter(({ name }) => name === 'build-taken-over'))
    t.is(event.atMs, 1300)
    t.is(event.attributes['millrace.requester.host'], 'other')
  }
})

test('who folds the commits one by one gets each span once, when it ends', (t) => {
  const commits = commitsOf([queued(0)], [started(0, 1110)], [done(0, 1170)], [cached(1)], [succeeded])
  const trace = new BuildTrace()
  const batches = commits.map((commit) => trace.advance(commit, taskName))
  t.deepEqual(
    batches.map(({ length }) => length),
    [0, 0, 0, 5, 1, 1],
  )
  t.deepEqual(batches.flat(), traceOf(commits, taskName))
  t.deepEqual(trace.unfinished(), [])
})

test('a task whose outputs were lost gets another span, which links to the first', (t) => {
  const lost: Failure = { kind: 'lost-input', message: 'gone' }
  const spans = spansOf(
    [cached(0), queued(1)],
    [started(1, 1110)],
    [failed(1, 1170, lost), { type: 'task-outputs-lost', task: 0, attempts: 0, reader: 1 }, queued(0)],
    [started(0, 1310)],
    [done(0, 1370), queued(1)],
    [started(1, 1510, 2)],
    [done(1, 1570, 2)],
    [succeeded],
  )
  const [first, second] = spans.filter(({ name }) => name === 't0')
  t.is(second!.links[0]!.spanId, first!.spanId)
  t.not(second!.spanId, first!.spanId)
  const reader = named(spans, 't1')
  t.deepEqual([reader.startMs, reader.endMs, reader.error], [1100, 1570, undefined])
  t.true(reader.events.some(({ name }) => name === 'task-outputs-lost'))
})

test('a build that has not ended, and what of it has not, end with the last commit', (t) => {
  const spans = spansOf([queued(0), queued(1)], [started(0, 1110)], [done(0, 1170)])
  t.deepEqual(outline(spans).slice(4), ['build > t0 1100-1170', 'build > t1 1100-1300', 'build 1000-1300'])
  t.is(named(spans, 't0').attributes['millrace.outcome'], 'succeeded')
  for (const name of ['t1', 'build']) t.is(named(spans, name).attributes['millrace.outcome'], 'unfinished')
  t.deepEqual(traceOf([], taskName), [])
})

test('a build that is resumed and plans again gives spans of their own to tasks that it runs again', (t) => {
  const spans = spansOf(
    [queued(0)],
    [started(0, 1110)],
    [{ type: 'build-resumed', requester }],
    [queued(0)],
    [started(0, 1410)],
    [done(0, 1470)],
    [succeeded],
  )
  t.is(new Set(spans.map(({ spanId }) => spanId)).size, spans.length)
  t.deepEqual(
    spans.filter(({ kind }) => kind === 'task').map(({ attributes }) => attributes['millrace.outcome']),
    ['interrupted', 'succeeded'],
  )
  t.is(spans[0]!.parentSpanId, spanIdOf(buildId, { kind: 'build' }))
})

test('a cancelled build ends its tasks as cancelled, and is no error', (t) => {
  const spans = spansOf(
    [queued(0)],
    [started(0, 1110)],
    [
      { type: 'tasks-cancelled', tasks: [0, 2] },
      { type: 'build-cancelled', reason: 'requested', counts: { ...counts, run: 0, cancelled: 2 } },
    ],
  )
  t.deepEqual(outline(spans), ['build > t0 1100-1300', 'build 1000-1300'])
  for (const { attributes, error } of spans)
    t.deepEqual([attributes['millrace.outcome'], error], ['cancelled', undefined])
})
