import fc from 'fast-check'
import type { BuildEvent } from '../../events/build-events.ts'
import type { CacheMiss, NotKept } from '../../events/cache-miss.ts'
import { toRanges } from '../../events/ranges.ts'
import type { BuildSource } from '../../events/remote-request.ts'
import type { RunReason } from '../../events/run-reason.ts'

type Build<Type extends BuildEvent['type']> = fc.Arbitrary<Extract<BuildEvent, { type: Type }>>

const text = fc.string({ unit: 'binary', maxLength: 12 })
const count = fc.nat()
const positive = fc.integer({ min: 1 })
const time = fc.integer({ min: 0, max: 2 ** 45 })
const ms = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0)
const numbers = fc.array(count, { maxLength: 5 })
const pairs = fc.array(fc.tuple(count, count), { maxLength: 4 }).map((list) => list.flat())
const ranges = fc.uniqueArray(fc.nat({ max: 60 })).map((list) => toRanges(list.sort((a, b) => a - b)))
const digest = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }), count)
  .map(([hash, bytes]) => `${hash}/${bytes}`)
const absentOr = fc.option(digest)

const requester = fc.record({ host: text, pid: positive, version: text })
const variableName = fc.string({ unit: fc.constantFrom(...'ABC_'), minLength: 1, maxLength: 8 })
const source: fc.Arbitrary<BuildSource> = fc.oneof(
  fc.record({ snapshot: digest }),
  fc.record({ git: fc.record({ url: text, revision: text }) }),
)
const remote = fc.record(
  {
    project: text,
    source,
    prepare: text,
    graph: digest,
    environment: fc.dictionary(variableName, text, { maxKeys: 3, noNullPrototype: true }),
    pool: text,
    priority: fc.integer(),
    deadlineAt: time,
    client: fc.record({ worker: text, tasks: fc.array(text, { maxLength: 2 }) }),
  },
  { requiredKeys: ['project', 'source', 'environment', 'pool', 'priority'] },
)
const request = fc.record(
  {
    directory: text,
    reader: fc.constantFrom('ninja', 'json', 'compile-commands'),
    file: text,
    targets: fc.array(text, { maxLength: 3 }),
    failuresMax: count,
    policy: fc.constantFrom('fifo', 'priority', 'critical-path'),
    roots: fc.array(text, { maxLength: 2 }),
    remote,
  },
  { requiredKeys: ['directory', 'reader', 'file', 'targets', 'failuresMax', 'policy'] },
)
const counts = fc.record({
  total: count,
  upToDate: count,
  cached: count,
  run: count,
  failed: count,
  skipped: count,
  cancelled: count,
  retried: count,
})
const dyndepTasks = fc.array(
  fc.record(
    { task: count, inputs: fc.array(text), outputs: fc.array(text), restat: fc.constant(true as const) },
    { requiredKeys: ['task', 'inputs', 'outputs'] },
  ),
  { maxLength: 3 },
)
const reason: fc.Arbitrary<RunReason> = fc.oneof(
  fc.record({ kind: fc.constantFrom('no-record', 'command-changed') }),
  fc.record({
    kind: fc.constantFrom('output-missing', 'output-changed', 'input-added', 'input-removed', 'output-older', 'always'),
    path: text,
  }),
  fc.record({ kind: fc.constantFrom('input-changed', 'tool-changed'), path: text, was: absentOr, is: absentOr }),
  fc.record({ kind: fc.constant('variable-changed'), name: text, was: absentOr, is: absentOr }),
  fc.record({ kind: fc.constant('header-shadowed'), path: text, by: text }),
)
const key = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const miss: fc.Arbitrary<CacheMiss> = fc.oneof(
  fc.record({ kind: fc.constant('cache-off') }),
  fc.record({
    kind: fc.constant('uncacheable'),
    because: fc.constantFrom(
      'console',
      'generator',
      'declared',
      'always',
      'no-outputs',
      'undeclared-outputs',
      'undeclared-inputs',
    ),
  }),
  fc.record({ kind: fc.constantFrom('unknown-task', 'unknown-files', 'lost-blobs', 'unmovable'), key }),
)
const notKept: fc.Arbitrary<NotKept> = fc.oneof(
  fc.record({ kind: fc.constantFrom('input-changed', 'output-missing', 'output-special', 'unseen-reads'), path: text }),
  fc.record({ kind: fc.constantFrom('only-stamps', 'unknown-reads', 'long-output', 'not-stored') }),
)
const surroundings = fc.record({
  tools: fc.array(fc.tuple(text, absentOr), { maxLength: 3 }),
  variables: fc.array(fc.tuple(text, absentOr), { maxLength: 3 }),
})
const forms = fc.record(
  { executables: numbers, links: fc.array(fc.tuple(count, text), { maxLength: 2 }) },
  { requiredKeys: [] },
)
const lookedUp = { task: count, command: digest, inputs: numbers, surroundings: count, reason }
const lookedUpKeys = ['type', 'task', 'command', 'inputs', 'reason'] as const
const output = fc.record({ text, attachment: digest, bytesDropped: count }, { requiredKeys: [] })
const failure = fc.record(
  {
    kind: fc.constantFrom('user', 'timeout', 'out-of-memory', 'worker-lost', 'lost-input', 'infrastructure', 'invalid'),
    exitCode: fc.integer({ min: 0, max: 255 }),
    lost: fc.array(digest, { maxLength: 2 }),
    message: text,
  },
  { requiredKeys: ['kind', 'message'] },
)
const attempt = { task: count, attempt: positive, worker: text, at: time }
const attemptEnd = {
  ...attempt,
  phases: fc.record({ queueMs: ms, fetchMs: ms, runMs: ms, storeMs: ms }),
  output,
}
const attemptEndKeys = ['type', 'task', 'attempt', 'worker', 'at', 'phases'] as const

/** Every event that there is, by type; the compiler sees to it that none is left out. */
export const eventArbitraries: { readonly [Type in BuildEvent['type']]: Build<Type> } = {
  'build-requested': fc.record({ type: fc.constant('build-requested'), request, requester }),
  'build-resumed': fc.record({ type: fc.constant('build-resumed'), requester }),
  'build-taken-over': fc.record({ type: fc.constant('build-taken-over'), requester }),
  'build-warned': fc.record({ type: fc.constant('build-warned'), message: text }),
  'source-prepared': fc.record({ type: fc.constant('source-prepared'), inputRoot: digest, platform: text }),
  'build-planned': fc.record({
    type: fc.constant('build-planned'),
    graph: digest,
    upToDate: ranges,
    discovered: pairs,
    dyndeps: fc.array(fc.record({ file: text, tasks: dyndepTasks }), { maxLength: 2 }),
    durations: pairs,
  }),
  'build-started': fc.record({ type: fc.constant('build-started'), slots: positive }),
  'build-succeeded': fc.record({ type: fc.constant('build-succeeded'), counts }),
  'build-failed': fc.record(
    { type: fc.constant('build-failed'), counts, message: text },
    { requiredKeys: ['type', 'counts'] },
  ),
  'build-cancelled': fc.record({
    type: fc.constant('build-cancelled'),
    reason: fc.constantFrom('interrupted', 'superseded', 'requested', 'deadline'),
    counts,
  }),
  'files-digested': fc.record({ type: fc.constant('files-digested'), files: fc.array(fc.tuple(text, absentOr)) }),
  'task-up-to-date': fc.record({ type: fc.constant('task-up-to-date'), task: count }),
  'surroundings-noted': fc.record({
    type: fc.constant('surroundings-noted'),
    surroundings: fc.array(surroundings, { maxLength: 2 }),
  }),
  'task-cached': fc.record(
    {
      type: fc.constant('task-cached'),
      ...lookedUp,
      action: key,
      discovered: numbers,
      outputs: numbers,
      forms,
      origin: fc.record({ build: text, worker: text, at: time, runMs: ms }),
      output,
    },
    { requiredKeys: [...lookedUpKeys, 'action', 'discovered', 'outputs', 'origin'] },
  ),
  'task-queued': fc.record(
    { type: fc.constant('task-queued'), ...lookedUp, miss },
    { requiredKeys: [...lookedUpKeys] },
  ),
  'task-started': fc.record({ type: fc.constant('task-started'), ...attempt }),
  'task-succeeded': fc.record(
    {
      type: fc.constant('task-succeeded'),
      ...attemptEnd,
      discovered: numbers,
      outputs: numbers,
      forms,
      kept: key,
      notKept,
    },
    { requiredKeys: [...attemptEndKeys, 'discovered', 'outputs'] },
  ),
  'task-attempt-failed': fc.record(
    { type: fc.constant('task-attempt-failed'), ...attemptEnd, failure },
    { requiredKeys: [...attemptEndKeys, 'failure'] },
  ),
  'task-outputs-lost': fc.record({
    type: fc.constant('task-outputs-lost'),
    task: count,
    attempts: count,
    reader: count,
  }),
  'tasks-skipped': fc.record({ type: fc.constant('tasks-skipped'), tasks: ranges }),
  'tasks-cancelled': fc.record({ type: fc.constant('tasks-cancelled'), tasks: ranges }),
  'dyndep-loaded': fc.record({ type: fc.constant('dyndep-loaded'), file: text, tasks: dyndepTasks }),
}

export const anyEvent: fc.Arbitrary<BuildEvent> = fc.oneof(...Object.values<fc.Arbitrary<BuildEvent>>(eventArbitraries))
