import test from 'ava'
import type { BuildEvent } from '../../events/build-events.ts'
import { digestOf } from '../../events/digest.ts'
import { LastResults, LastResultsFold } from '../../events/last-results.ts'

const graph = digestOf('graph')
const planned: BuildEvent = { type: 'build-planned', graph, upToDate: [], discovered: [], dyndeps: [], durations: [] }
const command = digestOf('command')
const end = { attempt: 1, worker: 'w', at: 0, phases: { queueMs: 0, fetchMs: 0, runMs: 12.6, storeMs: 0 } }
const source = ['a.c', digestOf('source')] as const
const header = ['a.h', digestOf('header')] as const
const object = ['a.o', digestOf('object')] as const
const surroundings = { tools: [['/bin/cc', digestOf('compiler')]], variables: [['LANG', null]] } as const
const noted: BuildEvent = { type: 'surroundings-noted', surroundings: [surroundings] }
const lookedUp = { task: 1, command, surroundings: 0, inputs: [0], reason: { kind: 'no-record' } } as const
const queued: BuildEvent = { type: 'task-queued', ...lookedUp }
const success: BuildEvent = { type: 'task-succeeded', task: 1, ...end, discovered: [1], outputs: [2] }

function fold(results: LastResults, build: string, events: readonly BuildEvent[]): LastResults {
  const folding = new LastResultsFold(results, build, () => ['first', 'second'])
  for (const event of events) folding.apply(event)
  return results
}

const ran: readonly BuildEvent[] = [
  planned,
  { type: 'files-digested', files: [source, header] },
  noted,
  queued,
  { type: 'files-digested', files: [object] },
  success,
]

/** What is on record for a task, with versions in place of their numbers. */
function record(results: LastResults, task: string) {
  const last = results.of(task)
  const versions = (numbers: readonly number[]) => numbers.map((number) => results.version(number))
  return (
    last && {
      ...last,
      surroundings: results.surroundings(last.surroundings).content,
      inputs: versions(last.inputs),
      discovered: versions(last.discovered),
      outputs: versions(last.outputs),
    }
  )
}

test('a task that succeeded is on record under its id, with what it read and made', (t) => {
  const results = fold(new LastResults(), 'build-1', ran)
  t.deepEqual(record(results, 'second'), {
    command,
    surroundings,
    build: 'build-1',
    runMs: 12.6,
    inputs: [source],
    discovered: [header],
    outputs: [object],
  })
  t.is(results.of('first'), undefined)
})

test('a task that was taken from the cache is on record as if it had run, with the time that it once took', (t) => {
  const origin = { build: 'build-0', worker: 'w', at: 0, runMs: 40 }
  const action = 'ab'.repeat(32)
  const cached: BuildEvent = { type: 'task-cached', ...lookedUp, action, discovered: [1], outputs: [2], origin }
  const events = [...ran.slice(0, 3), { type: 'files-digested', files: [object] } as const, cached]
  const ranOnce = record(fold(new LastResults(), 'build-1', ran), 'second')!
  t.deepEqual(record(fold(new LastResults(), 'build-1', events), 'second'), { ...ranOnce, runMs: 40 })
})

test('a result of format 1, which tells nothing of tools, is no record', (t) => {
  const { surroundings: _, ...old } = lookedUp
  const results = fold(new LastResults(), 'build-1', ran)
  fold(results, 'build-2', [...ran.slice(0, 3), { type: 'task-queued', ...old }, ...ran.slice(4)])
  t.is(results.of('second'), undefined)
})

test('a failed attempt takes the record away', (t) => {
  const failure = { kind: 'user', message: 'exit code 1' } as const
  const failed: readonly BuildEvent[] = [queued, { type: 'task-attempt-failed', task: 1, ...end, failure }]
  t.is(fold(new LastResults(), 'build-1', [...ran, ...failed]).of('second'), undefined)
})

test('file versions keep their numbers over a resumption, and what was queued before it is forgotten', (t) => {
  const results = fold(new LastResults(), 'build-1', [...ran.slice(0, 5), planned, success])
  t.is(results.of('second'), undefined)
  const again = fold(new LastResults(), 'build-1', [...ran.slice(0, 5), planned, queued, success])
  t.deepEqual(record(again, 'second')?.outputs, [object])
})

test('equal file versions of several builds share a number', (t) => {
  const results = fold(fold(new LastResults(), 'build-1', ran), 'build-2', ran)
  t.is(results.of('second')?.build, 'build-2')
  t.is(results.intern(['new', null]), 3)
})

test('a snapshot gives the same records back, and leaves versions out that no record names', (t) => {
  const results = fold(new LastResults(), 'build-1', ran)
  results.intern(['nobody', null])
  results.position = 7
  const snapshot = JSON.parse(JSON.stringify(results.toSnapshot()))
  t.deepEqual(snapshot.paths, ['a.c', 'a.h', 'a.o'])
  const restored = LastResults.fromSnapshot(snapshot)
  t.is(restored.position, 7)
  t.is(restored.size, 1)
  t.deepEqual(record(restored, 'second'), { ...record(results, 'second')!, runMs: 13 })
})

test('records made after a snapshot was restored share file versions with it', (t) => {
  const snapshot = fold(new LastResults(), 'build-1', ran).toSnapshot()
  const restored = fold(LastResults.fromSnapshot(snapshot), 'build-2', ran)
  t.is(restored.toSnapshot().paths.length, 3)
  t.is(restored.intern(object), 2)
})
