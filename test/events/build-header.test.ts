import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import { advanceBuildHeader, emptyBuildHeader } from '../../events/build-header.ts'
import { type Commit, chainStart } from '../../events/commit.ts'
import { digestOf } from '../../events/digest.ts'

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

const planned: BuildEvent = {
  type: 'build-planned',
  graph: digestOf('graph'),
  upToDate: [],
  discovered: [],
  dyndeps: [],
  durations: [],
}

/** Commits made at 10, 20, 30, ... */
function commitsOf(...batches: readonly (readonly BuildEvent[])[]): Commit[] {
  return batches.map((events, i) => ({
    v: 1,
    buildId: '01j00000000000000000000000',
    version: i + 1,
    epoch: 1,
    prev: chainStart,
    at: (i + 1) * 10,
    events,
  }))
}

const begin: readonly (readonly BuildEvent[])[] = [
  [{ type: 'build-requested', request, requester }],
  [planned, { type: 'build-started', slots: 4 }],
]
const headerOf = (...batches: readonly (readonly BuildEvent[])[]) =>
  advanceBuildHeader(emptyBuildHeader, commitsOf(...begin, ...batches))

test('the header tells who asked, when each phase began, and how the build ended', (t) => {
  t.deepEqual(headerOf([{ type: 'build-succeeded', counts }]), {
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
  t.deepEqual(emptyBuildHeader, { status: 'requested', resumptions: [] })
})

test('a build that failed or was cancelled tells why', (t) => {
  const failed = headerOf([{ type: 'build-failed', counts, message: 'broken dyndep file' }])
  t.deepEqual([failed.status, failed.message], ['failed', 'broken dyndep file'])
  const cancelled = headerOf([{ type: 'build-cancelled', reason: 'interrupted', counts }])
  t.deepEqual([cancelled.status, cancelled.cancelReason], ['cancelled', 'interrupted'])
})

test('a resumed build tells when and by whom, and is requested again', (t) => {
  const header = headerOf([{ type: 'build-resumed', requester }])
  t.deepEqual([header.status, header.resumptions], ['requested', [{ at: 30, requester }]])
})

test('events of tasks change nothing in the header', (t) => {
  t.deepEqual(headerOf([{ type: 'task-up-to-date', task: 1 }]), headerOf())
})
