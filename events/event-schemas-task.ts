import { z } from 'zod'
import { count, digest, dyndepTasks, numbers, positive, ranges } from './event-schemas-value.ts'

const path = z.string()

const differing = { was: digest.nullable(), is: digest.nullable() }

const runReason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('no-record') }),
  z.strictObject({ kind: z.literal('output-missing'), path }),
  z.strictObject({ kind: z.literal('output-changed'), path }),
  z.strictObject({ kind: z.literal('command-changed') }),
  z.strictObject({ kind: z.literal('tool-changed'), path, ...differing }),
  z.strictObject({ kind: z.literal('variable-changed'), name: z.string(), ...differing }),
  z.strictObject({ kind: z.literal('input-changed'), path, ...differing }),
  z.strictObject({ kind: z.literal('input-added'), path }),
  z.strictObject({ kind: z.literal('input-removed'), path }),
  z.strictObject({ kind: z.literal('header-shadowed'), path, by: z.string() }),
  z.strictObject({ kind: z.literal('output-older'), path }),
  z.strictObject({ kind: z.literal('always'), path }),
])

const key = z.string().regex(/^[0-9a-f]{64}$/)

const cacheMiss = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cache-off') }),
  z.strictObject({
    kind: z.literal('uncacheable'),
    because: z.enum([
      'console',
      'generator',
      'declared',
      'always',
      'no-outputs',
      'undeclared-outputs',
      'undeclared-inputs',
    ]),
  }),
  z.strictObject({ kind: z.literal('unknown-task'), key }),
  z.strictObject({ kind: z.literal('unknown-files'), key }),
  z.strictObject({ kind: z.literal('lost-blobs'), key }),
  z.strictObject({ kind: z.literal('unmovable'), key }),
])

const notKept = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('input-changed'), path }),
  z.strictObject({ kind: z.literal('output-missing'), path }),
  z.strictObject({ kind: z.literal('output-special'), path }),
  z.strictObject({ kind: z.literal('only-stamps') }),
  z.strictObject({ kind: z.literal('unknown-reads') }),
  z.strictObject({ kind: z.literal('unseen-reads'), path }),
  z.strictObject({ kind: z.literal('long-output') }),
  z.strictObject({ kind: z.literal('not-stored') }),
])

const surroundings = z.strictObject({
  tools: z.array(z.tuple([path, digest.nullable()])),
  variables: z.array(z.tuple([z.string(), digest.nullable()])),
})

const lookedUp = {
  task: count,
  command: digest,
  inputs: numbers,
  surroundings: count.exactOptional(),
  reason: runReason,
}

const failure = z.strictObject({
  kind: z.enum(['user', 'timeout', 'out-of-memory', 'worker-lost', 'lost-input', 'infrastructure', 'invalid']),
  exitCode: z.int().exactOptional(),
  lost: z.array(digest).exactOptional(),
  message: z.string(),
})

const durationMs = z.number()

const output = z
  .strictObject({
    text: z.string().exactOptional(),
    attachment: digest.exactOptional(),
    bytesDropped: count.exactOptional(),
  })
  .exactOptional()

const forms = z
  .strictObject({
    executables: numbers.exactOptional(),
    links: z.array(z.tuple([count, z.string()])).exactOptional(),
  })
  .exactOptional()

const attemptEnd = {
  task: count,
  attempt: positive,
  worker: z.string(),
  at: z.number(),
  phases: z.strictObject({ queueMs: durationMs, fetchMs: durationMs, runMs: durationMs, storeMs: durationMs }),
  output,
}

/** Shapes of the task events, in the order of their declaration. */
export const taskEventSchemas = [
  z.strictObject({ type: z.literal('files-digested'), files: z.array(z.tuple([path, digest.nullable()])) }),
  z.strictObject({ type: z.literal('surroundings-noted'), surroundings: z.array(surroundings) }),
  z.strictObject({ type: z.literal('task-up-to-date'), task: count }),
  z.strictObject({
    type: z.literal('task-cached'),
    ...lookedUp,
    action: key,
    discovered: numbers,
    outputs: numbers,
    forms,
    origin: z.strictObject({ build: z.string(), worker: z.string(), at: z.number(), runMs: durationMs }),
    output,
  }),
  z.strictObject({ type: z.literal('task-queued'), ...lookedUp, miss: cacheMiss.exactOptional() }),
  z.strictObject({
    type: z.literal('task-started'),
    task: count,
    attempt: positive,
    worker: z.string(),
    at: z.number(),
  }),
  z.strictObject({
    type: z.literal('task-succeeded'),
    ...attemptEnd,
    discovered: numbers,
    outputs: numbers,
    forms,
    kept: key.exactOptional(),
    notKept: notKept.exactOptional(),
  }),
  z.strictObject({ type: z.literal('task-attempt-failed'), ...attemptEnd, failure }),
  z.strictObject({ type: z.literal('task-outputs-lost'), task: count, attempts: count, reader: count }),
  z.strictObject({ type: z.literal('tasks-skipped'), tasks: ranges }),
  z.strictObject({ type: z.literal('tasks-cancelled'), tasks: ranges }),
  z.strictObject({ type: z.literal('dyndep-loaded'), file: path, tasks: dyndepTasks }),
] as const
