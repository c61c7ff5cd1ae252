import test from 'ava'
import fc from 'fast-check'
import type { BuildEvent } from '../../events/build-events.ts'
import { decodeCommit } from '../../events/codec.ts'
import { type Commit, chainStart, commitFormat, encodeCommit, type StoredCommit } from '../../events/commit.ts'
import { sha256Hex } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'
import { NewerFormat } from '../../events/newer-format.ts'
import { type Upcast, upcasts } from '../../events/upcasts.ts'
import { eventArbitraries } from './event-arbitraries.ts'

const buildId = '01j00000000000000000000000'
const base: Commit = { v: commitFormat, buildId, version: 3, epoch: 1, prev: chainStart, at: 1000, events: [] }

/** Stores any JSON value as commit 3, with the right hash. */
function stored(value: unknown): StoredCommit {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { buildId, version: 3, body, hash: sha256Hex(body) }
}

for (const [type, arbitrary] of Object.entries<fc.Arbitrary<BuildEvent>>(eventArbitraries)) {
  test(`${type} is decoded as it was encoded`, (t) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 3 }), (events) => {
        const commit = { ...base, events }
        t.deepEqual(decodeCommit(encodeCommit(commit)), commit)
      }),
    )
  })
}

test('bytes that do not match their hash are damage', (t) => {
  const whole = encodeCommit(base)
  const body = Buffer.from(whole.body)
  body[5]! ^= 1
  const damage = t.throws(() => decodeCommit({ ...whole, body }), { instanceOf: LogDamage })
  t.is(damage.message, `commit 3 of build ${buildId} is damaged: its bytes do not match their hash`)
  t.is(damage.version, 3)
})

test('what is no commit of this build and version is damage', (t) => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['{"v":1', /is not JSON/],
    ['[]', /no JSON object/],
    ['null', /no JSON object/],
    [{ ...base, v: 'one' }, /no format version/],
    [{ ...base, v: 0 }, /no format version/],
    [{ ...base, version: 4 }, /says to be commit 4/],
    [{ ...base, buildId: 'other' }, /build other/],
    [{ ...base, prev: 'x' }, /prev: /],
    [{ ...base, extra: 1 }, /extra/],
    [{ ...base, events: {} }, /events: /],
    [{ ...base, events: ['x'] }, /event 1 has no type/],
    [{ ...base, events: [{}] }, /event 1 has no type/],
    [{ ...base, events: [{ type: 'build-started', slots: 0 }] }, /event 1 \(build-started\): slots: /],
    [{ ...base, events: [{ type: 'build-started', slots: 1, more: 1 }] }, /event 1 \(build-started\): .*more/],
    [{ ...base, events: [{ type: 'tasks-skipped', tasks: [5, 1, 2, 1] }] }, /ascending runs/],
    [{ ...base, events: [{ type: 'tasks-skipped', tasks: [5] }] }, /ascending runs/],
    [{ ...base, events: [{ type: 'tasks-skipped', tasks: [0.5, 1] }] }, /ascending runs/],
  ]
  for (const [value, message] of cases)
    t.throws(() => decodeCommit(stored(value)), { instanceOf: LogDamage, message }, JSON.stringify(value))
})

test('a newer format, and an event this release does not know, ask for an upgrade', (t) => {
  const newer = t.throws(() => decodeCommit(stored({ ...base, v: commitFormat + 1, shape: 'new' })), {
    instanceOf: NewerFormat,
  })
  t.is(
    newer.message,
    `commit 3 of build ${buildId} was written by a newer Millrace: format ${commitFormat + 1}, this release knows up to ${commitFormat}; mend: upgrade Millrace`,
  )
  t.throws(() => decodeCommit(stored({ ...base, events: [{ type: 'build-paused' }] })), {
    instanceOf: NewerFormat,
    message: /event 'build-paused' is unknown to this release; mend: upgrade Millrace/,
  })
})

test('the current format is one more than there are steps from older ones', (t) => {
  t.is(commitFormat, upcasts.length + 1)
})

test('older formats are turned into the current one step by step', (t) => {
  // Invented: format 1 counted threads, format 2 called them jobs and knew an event of its own that said nothing.
  const chain: readonly Upcast[] = [
    (event) => (event.type === 'build-started' ? [{ type: 'build-started', jobs: event.threads }] : [event]),
    (event) => {
      if (event.type === 'build-noticed') return []
      return event.type === 'build-started' ? [{ type: 'build-started', slots: event.jobs }] : [event]
    },
  ]
  const current = [{ type: 'build-started', slots: 4 }]
  const formats = [
    [{ type: 'build-started', threads: 4 }],
    [{ type: 'build-noticed' }, { type: 'build-started', jobs: 4 }],
    current,
  ]
  for (const [i, events] of formats.entries()) {
    const commit = decodeCommit(stored({ ...base, v: i + 1, events }), chain)
    t.deepEqual([commit.v, commit.events], [3, current])
  }
  t.throws(() => decodeCommit(stored({ ...base, v: 4 }), chain), { instanceOf: NewerFormat })
})
