import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import { advanceBuildView, emptyBuildView, timelineOf } from '../../events/build-view.ts'
import { type Commit, chainStart } from '../../events/commit.ts'
import { digestOf } from '../../events/digest.ts'
import type { Ranges } from '../../events/ranges.ts'

const buildId = '01j00000000000000000000000'
const counts = { total: 2, upToDate: 0, cached: 0, run: 2, failed: 0, skipped: 0, cancelled: 0, retried: 1 }
const requester = { host: 'host', pid: 1, version: '0.1.0' }
const request = {
  directory: '/src',
  reader: 'ninja',
  file: 'build.ninja',
  targets: [],
  failuresMax: 1,
  policy: 'fifo',
} as const
const phases = { queueMs: 1, fetchMs: 1, runMs: 10, storeMs: 1 }
const failure = { kind: 'worker-lost', message: 'gone' } as const

const planned = (upToDate: Ranges = [], graph = 'graph'): BuildEvent => ({
  type: 'build-planned',
  graph: digestOf(graph),
  upToDate,
  discovered: [],
  dyndeps: [],
  durations: [],
})
const queued = (task: number): BuildEvent => ({
  type: 'task-queued',
  task,
  command: digestOf('c'),
  inputs: [],
  reason: { kind: 'no-record' },
})
const started = (task: number, attempt = 1, at = 50): BuildEvent => ({
  type: 'task-started',
  task,
  attempt,
  worker: `w${attempt}`,
  at,
})
const succeeded = (task: number, attempt = 1, at = 60): BuildEvent => ({
  type: 'task-succeeded',
  task,
  attempt,
  worker: `w${attempt}`,
  at,
  phases,
  output: { text: 'done' },
  discovered: [],
  outputs: [],
})
const attemptFailed = (task: number): BuildEvent => ({
  type: 'task-attempt-failed',
  task,
  attempt: 1,
  worker: 'w1',
  at: 55,
  phases,
  failure,
})

/** Commits made at 10, 20, 30, ... */
function commitsOf(...batches: readonly (readonly BuildEvent[])[]): Commit[] {
  return batches.map((events, i) => ({
    v: 1,
    buildId,
    version: i + 1,
    epoch: 1,
    prev: chainStart,
    at: (i + 1) * 10,
    events,
  }))
}
const begin: readonly (readonly BuildEvent[])[] = [
  [{ type: 'build-requested', request, requester }],
  [planned(), { type: 'build-started', slots: 4 }],
]
const viewOf = (...batches: readonly (readonly BuildEvent[])[]) =>
  advanceBuildView(emptyBuildView(buildId), commitsOf(...begin, ...batches))

test('the header tells who asked, when each phase began, and how the build ended', (t) => {
  const view = viewOf([{ type: 'build-succeeded', counts }])
  t.is(view.version, 3)
  t.deepEqual(view.header, {
    status: 'succeeded',
    request,
    requester,
    requestedAt: 10,
    resumptions: [],
    plannedAt: 20,
    graph: digestOf('graph'),
    startedAt: 20,
    slots: 4,
    endedAt: 30,
    counts,
  })
})

test('a build that failed or was cancelled tells why', (t) => {
  const failed = viewOf([{ type: 'build-failed', counts, message: 'broken dyndep file' }]).header
  t.deepEqual([failed.status, failed.message], ['failed', 'broken dyndep file'])
  const cancelled = viewOf([{ type: 'build-cancelled', reason: 'interrupted', counts }]).header
  t.deepEqual([cancelled.status, cancelled.cancelReason], ['cancelled', 'interrupted'])
})

test('the row of a task tells its last attempt, and why it ran', (t) => {
  const view = viewOf([queued(1)], [started(1), attemptFailed(1)], [started(1, 2, 70), succeeded(1, 2, 80)])
  t.deepEqual(view.tasks[1], {
    task: 1,
    status: 'succeeded',
    attempts: 2,
    queuedAt: 30,
    reason: { kind: 'no-record' },
    worker: 'w2',
    startedAt: 70,
    endedAt: 80,
    phases,
    output: { text: 'done' },
  })
})

test('a row stands where its task stands', (t) => {
  t.is(viewOf([queued(1)]).tasks[1]?.status, 'queued')
  t.is(viewOf([queued(1), started(1)]).tasks[1]?.status, 'running')
  const failed = viewOf([queued(1), started(1), attemptFailed(1)]).tasks[1]
  t.deepEqual([failed?.status, failed?.failure, failed?.endedAt], ['failed', failure, 55])
  t.is(viewOf([{ type: 'task-up-to-date', task: 1 }]).tasks[1]?.status, 'up-to-date')
  t.is(viewOf([{ type: 'tasks-skipped', tasks: [0, 2] }]).tasks[1]?.status, 'skipped')
  t.is(viewOf([queued(1)], [{ type: 'tasks-cancelled', tasks: [1, 1] }]).tasks[1]?.status, 'cancelled')
  t.is(viewOf().tasks[1], undefined)
})

test('tasks that were up to date from the start have rows', (t) => {
  const view = viewOf([{ type: 'build-resumed', requester }], [planned([3, 2])])
  t.deepEqual(Object.keys(view.tasks), ['3', '4'])
})

test('a resumed build keeps what is known of the tasks that stand, and forgets what was under way', (t) => {
  const resumption: readonly BuildEvent[] = [{ type: 'build-resumed', requester }]
  const run = [queued(0), started(0), succeeded(0), queued(1), started(1)]
  const view = viewOf(run, resumption, [planned([0, 1])])
  t.deepEqual(view.header.resumptions, [{ at: 40, requester }])
  t.is(view.tasks[0]?.status, 'succeeded')
  t.is(view.tasks[0]?.phases, phases)
  t.is(view.tasks[1], undefined)
  t.is(viewOf(run, resumption, [planned([0, 1], 'another graph')]).tasks[0]?.status, 'up-to-date')
})

test('commits one at a time give the same view as all at once, and leave former views as they were', (t) => {
  const commits = commitsOf(...begin, [queued(0), queued(1)], [started(0)], [succeeded(0)])
  const views = [emptyBuildView(buildId)]
  for (const commit of commits) views.push(advanceBuildView(views.at(-1)!, [commit]))
  t.deepEqual(views.at(-1), advanceBuildView(emptyBuildView(buildId), commits))
  t.is(views[3]?.tasks[0]?.status, 'queued')
  t.is(views[5]?.tasks[0]?.status, 'succeeded')
  t.is(views[5]?.tasks[1], views[3]?.tasks[1])
})

test('the timeline has every event with the time and version of its commit', (t) => {
  const entries = [...timelineOf(commitsOf(...begin))]
  t.deepEqual(
    entries.map(({ at, version, event }) => [at, version, event.type]),
    [
      [10, 1, 'build-requested'],
      [20, 2, 'build-planned'],
      [20, 2, 'build-started'],
    ],
  )
})
