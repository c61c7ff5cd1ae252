import { z } from 'zod'
import { count, digest, dyndepTasks, numbers, positive, ranges } from './event-schemas-value.ts'

const path = z.string()

const runReason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('no-record') }),
  z.strictObject({ kind: z.literal('output-missing'), path }),
  z.strictObject({ kind: z.literal('output-changed'), path }),
  z.strictObject({ kind: z.literal('command-changed') }),
  z.strictObject({ kind: z.literal('input-changed'), path, was: digest.nullable(), is: digest.nullable() }),
  z.strictObject({ kind: z.literal('input-added'), path }),
  z.strictObject({ kind: z.literal('input-removed'), path }),
  z.strictObject({ kind: z.literal('output-older'), path }),
  z.strictObject({ kind: z.literal('always'), path }),
])

const failure = z.strictObject({
  kind: z.enum(['user', 'timeout', 'out-of-memory', 'worker-lost', 'lost-input', 'infrastructure', 'invalid']),
  exitCode: z.int().exactOptional(),
  message: z.string(),
})

const durationMs = z.number()

const attemptEnd = {
  task: count,
  attempt: positive,
  worker: z.string(),
  at: z.number(),
  phases: z.strictObject({ queueMs: durationMs, fetchMs: durationMs, runMs: durationMs, storeMs: durationMs }),
  output: z
    .strictObject({
      text: z.string().exactOptional(),
      attachment: digest.exactOptional(),
      bytesDropped: count.exactOptional(),
    })
    .exactOptional(),
}

/** Shapes of the task events, in the order of their declaration. */
export const taskEventSchemas = [
  z.strictObject({ type: z.literal('files-digested'), files: z.array(z.tuple([path, digest.nullable()])) }),
  z.strictObject({ type: z.literal('task-up-to-date'), task: count }),
  z.strictObject({
    type: z.literal('task-queued'),
    task: count,
    command: digest,
    inputs: numbers,
    reason: runReason,
  }),
  z.strictObject({
    type: z.literal('task-started'),
    task: count,
    attempt: positive,
    worker: z.string(),
    at: z.number(),
  }),
  z.strictObject({ type: z.literal('task-succeeded'), ...attemptEnd, discovered: numbers, outputs: numbers }),
  z.strictObject({ type: z.literal('task-attempt-failed'), ...attemptEnd, failure }),
  z.strictObject({ type: z.literal('tasks-skipped'), tasks: ranges }),
  z.strictObject({ type: z.literal('tasks-cancelled'), tasks: ranges }),
  z.strictObject({ type: z.literal('dyndep-loaded'), file: path, tasks: dyndepTasks }),
] as const
