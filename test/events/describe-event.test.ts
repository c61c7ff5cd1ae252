import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import type { CacheMiss, NotKept } from '../../events/cache-miss.ts'
import {
  describeCounts,
  describeDuration,
  describeEvent,
  describeMiss,
  describeNotKept,
  describeReason,
} from '../../events/describe-event.ts'
import { digestOf } from '../../events/digest.ts'
import type { RunReason } from '../../events/run-reason.ts'

const name = (task: number) => `t${task}.o`
const none = { total: 0, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
const end = { task: 1, attempt: 1, worker: 'local-1', at: 0 }
const phases = { queueMs: 1, fetchMs: 1, runMs: 812.4, storeMs: 1 }
const requester = { host: 'ci-7', pid: 42, version: '0.1.0' }
const request = {
  directory: '/src',
  reader: 'ninja',
  file: 'build.ninja',
  targets: ['app', 'test'],
  failuresMax: 1,
  policy: 'fifo',
} as const
const failure = { kind: 'user', exitCode: 1, message: 'exit code 1' } as const
const digest = digestOf('')

test('every event has one plain line', (t) => {
  const lines: readonly (readonly [BuildEvent, string])[] = [
    [{ type: 'build-requested', request, requester }, 'build of app test in /src requested'],
    [
      { type: 'build-requested', request: { ...request, targets: [] }, requester },
      'build of the default targets in /src requested',
    ],
    [{ type: 'build-resumed', requester }, 'build resumed by process 42 on ci-7'],
    [
      { type: 'build-planned', graph: digest, upToDate: [0, 2, 5, 1], discovered: [], dyndeps: [], durations: [] },
      'build planned: 3 tasks up to date',
    ],
    [{ type: 'build-started', slots: 1 }, 'build started with 1 slot'],
    [{ type: 'build-succeeded', counts: none }, 'build succeeded: nothing to do'],
    [{ type: 'build-failed', counts: { ...none, failed: 1, skipped: 2 } }, 'build failed: 1 failed, 2 skipped'],
    [{ type: 'build-failed', counts: none, message: 'no such file' }, 'build failed: no such file'],
    [{ type: 'build-cancelled', reason: 'superseded', counts: none }, 'build cancelled (superseded): nothing to do'],
    [{ type: 'files-digested', files: [['a', null]] }, '1 file version recorded'],
    [{ type: 'surroundings-noted', surroundings: [] }, '0 sets of tools and variables recorded'],
    [
      { type: 'surroundings-noted', surroundings: [{ tools: [], variables: [] }] },
      '1 set of tools and variables recorded',
    ],
    [{ type: 'task-up-to-date', task: 1 }, 't1.o is up to date'],
    [
      {
        type: 'task-cached',
        task: 1,
        command: digest,
        inputs: [],
        reason: { kind: 'output-missing', path: 't1.o' },
        action: 'a'.repeat(64),
        discovered: [],
        outputs: [],
        origin: { build: 'b', worker: 'local', at: 0, runMs: 1 },
      },
      't1.o taken from the cache: output missing: t1.o',
    ],
    [
      { type: 'task-queued', task: 1, command: digest, inputs: [], reason: { kind: 'no-record' } },
      't1.o queued: no record',
    ],
    [{ type: 'task-started', ...end }, 't1.o started on local-1'],
    [{ type: 'task-started', ...end, attempt: 2 }, 't1.o started on local-1, attempt 2'],
    [{ type: 'task-succeeded', ...end, phases, discovered: [], outputs: [] }, 't1.o succeeded in 812 ms on local-1'],
    [
      { type: 'task-attempt-failed', ...end, attempt: 2, phases, failure },
      't1.o failed after 812 ms on local-1, attempt 2: user, exit code 1',
    ],
    [{ type: 'tasks-skipped', tasks: [3, 1] }, 't3.o skipped'],
    [{ type: 'tasks-cancelled', tasks: [3, 2, 8, 1] }, 't3.o and 2 more cancelled'],
    [{ type: 'dyndep-loaded', file: 'a.dd', tasks: [] }, 'dyndep file a.dd read: 0 tasks'],
  ]
  for (const [event, line] of lines) t.is(describeEvent(event, name), line)
})

test('every reason to run says what differs', (t) => {
  const path = 'src/a.h'
  const reasons: readonly (readonly [RunReason, string])[] = [
    [{ kind: 'no-record' }, 'no record'],
    [{ kind: 'output-missing', path }, 'output missing: src/a.h'],
    [{ kind: 'output-changed', path }, 'output changed: src/a.h'],
    [{ kind: 'command-changed' }, 'command changed'],
    [{ kind: 'tool-changed', path: '/bin/cc', was: digest, is: digest }, 'tool changed: /bin/cc'],
    [{ kind: 'tool-changed', path: '/bin/cc', was: digest, is: null }, 'tool gone: /bin/cc'],
    [{ kind: 'variable-changed', name: 'CPATH', was: digest, is: digest }, 'variable changed: CPATH'],
    [{ kind: 'variable-changed', name: 'CPATH', was: null, is: digest }, 'variable set: CPATH'],
    [{ kind: 'variable-changed', name: 'CPATH', was: digest, is: null }, 'variable unset: CPATH'],
    [{ kind: 'header-shadowed', path, by: 'new/a.h' }, 'header shadowed: new/a.h comes before src/a.h'],
    [{ kind: 'input-changed', path, was: digest, is: digest }, 'input changed: src/a.h'],
    [{ kind: 'input-changed', path, was: digest, is: null }, 'input gone: src/a.h'],
    [{ kind: 'input-changed', path, was: null, is: digest }, 'input appeared: src/a.h'],
    [{ kind: 'input-added', path }, 'input added: src/a.h'],
    [{ kind: 'input-removed', path }, 'input removed: src/a.h'],
    [{ kind: 'output-older', path }, 'output older than an input: src/a.h'],
    [{ kind: 'always', path: 'FORCE' }, 'always runs: FORCE never exists'],
  ]
  for (const [reason, line] of reasons) t.is(describeReason(reason), line)
})

test('every miss of the cache, and every result that it was not given, says why', (t) => {
  const key = 'a'.repeat(64)
  const misses: readonly (readonly [CacheMiss, string])[] = [
    [{ kind: 'cache-off' }, 'the cache is off'],
    [{ kind: 'uncacheable', because: 'console' }, 'never cached: it works on the terminal'],
    [{ kind: 'uncacheable', because: 'generator' }, 'never cached: it writes the build graph'],
    [{ kind: 'unknown-task', key }, 'no result of this command, inputs and tools is cached'],
    [{ kind: 'unknown-files', key }, 'it is cached only with other contents of what it reads'],
    [{ kind: 'lost-blobs', key }, 'its cached result is no longer complete'],
    [{ kind: 'unmovable', key }, 'its cached result belongs to another folder'],
  ]
  for (const [miss, line] of misses) t.is(describeMiss(miss), line)
  const notKept: readonly (readonly [NotKept, string])[] = [
    [{ kind: 'input-changed', path: 'a.h' }, 'a.h changed during the run'],
    [{ kind: 'output-missing', path: 'a.o' }, 'output a.o was not made'],
    [{ kind: 'output-special', path: 'a.o' }, 'output a.o is neither a file nor a link'],
    [{ kind: 'only-stamps' }, 'its outputs are empty'],
    [{ kind: 'unknown-reads' }, 'its depfile was not written'],
    [{ kind: 'unseen-reads', path: 'a.c' }, 'a.c reads files that no depfile names'],
    [{ kind: 'long-output' }, 'it printed more than is recorded'],
    [{ kind: 'not-stored' }, 'the cache could not take it'],
  ]
  for (const [why, line] of notKept) t.is(describeNotKept(why), line)
})

test('counts leave out what there is none of', (t) => {
  const counts = { total: 9, upToDate: 3, cached: 1, run: 2, failed: 1, skipped: 1, cancelled: 1, retried: 4 }
  t.is(describeCounts(counts), '2 run, 1 from cache, 3 up to date, 1 failed, 1 skipped, 1 cancelled, 4 retried')
})

test('durations have the unit that fits them', (t) => {
  const cases = [0, 0.4, 999.4, 999.5, 3440, 59_949, 59_950, 125_000, 3_599_499, 3_599_500, 3_660_000]
  t.deepEqual(cases.map(describeDuration), [
    '0 ms',
    '0 ms',
    '999 ms',
    '1.0 s',
    '3.4 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 5 s',
    '59 min 59 s',
    '1 h 0 min',
    '1 h 1 min',
  ])
})
