import { z } from 'zod'
import type { BuildEvent } from './build-events.ts'
import type { Commit } from './commit.ts'
import { taskEventSchemas } from './event-schemas-task.ts'
import { count, digest, dyndepTasks, pairs, positive, ranges } from './event-schemas-value.ts'

const requester = z.strictObject({ host: z.string(), pid: z.int(), version: z.string() })

const remote = z.strictObject({
  project: z.string(),
  source: z.union([
    z.strictObject({ snapshot: digest }),
    z.strictObject({ git: z.strictObject({ url: z.string(), revision: z.string() }) }),
  ]),
  prepare: z.string().exactOptional(),
  graph: digest.exactOptional(),
  environment: z.record(z.string(), z.string()),
  pool: z.string(),
  priority: z.int(),
  deadlineAt: z.number().exactOptional(),
  client: z.strictObject({ worker: z.string(), tasks: z.array(z.string()) }).exactOptional(),
})

const request = z.strictObject({
  directory: z.string(),
  reader: z.enum(['ninja', 'json', 'compile-commands']),
  file: z.string(),
  targets: z.array(z.string()),
  failuresMax: count,
  policy: z.enum(['fifo', 'priority', 'critical-path']),
  roots: z.array(z.string()).exactOptional(),
  remote: remote.exactOptional(),
})

const taskCounts = z.strictObject({
  total: count,
  upToDate: count,
  cached: count,
  run: count,
  failed: count,
  skipped: count,
  cancelled: count,
  retried: count,
})

const buildEventSchemas = [
  z.strictObject({ type: z.literal('build-requested'), request, requester }),
  z.strictObject({ type: z.literal('build-resumed'), requester }),
  z.strictObject({ type: z.literal('build-taken-over'), requester }),
  z.strictObject({ type: z.literal('build-warned'), message: z.string() }),
  z.strictObject({ type: z.literal('source-prepared'), inputRoot: digest, platform: z.string() }),
  z.strictObject({
    type: z.literal('build-planned'),
    graph: digest,
    upToDate: ranges,
    discovered: pairs,
    dyndeps: z.array(z.strictObject({ file: z.string(), tasks: dyndepTasks })),
    durations: pairs,
  }),
  z.strictObject({ type: z.literal('build-started'), slots: positive }),
  z.strictObject({ type: z.literal('build-succeeded'), counts: taskCounts }),
  z.strictObject({
    type: z.literal('build-failed'),
    counts: taskCounts,
    message: z.string().exactOptional(),
  }),
  z.strictObject({
    type: z.literal('build-cancelled'),
    reason: z.enum(['interrupted', 'superseded', 'requested', 'deadline']),
    counts: taskCounts,
  }),
] as const

/** Every event of the current format, by `type`. Unknown properties are refused: a new one comes with a new format. */
export const buildEventSchema = z.discriminatedUnion('type', [
  ...buildEventSchemas,
  ...taskEventSchemas,
]) satisfies z.ZodType<BuildEvent>

/** The `type` of every event that this release knows. */
export const knownEventTypes: ReadonlySet<string> = new Set<string>(
  [...buildEventSchemas, ...taskEventSchemas].map((schema) => schema.shape.type.value),
)

/** A commit of the current format; its events are checked one by one with {@link buildEventSchema}. */
export const commitEnvelopeSchema = z.strictObject({
  v: z.int(),
  buildId: z.string(),
  version: positive,
  epoch: positive,
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.number(),
  events: z.array(z.unknown()),
}) satisfies z.ZodType<Omit<Commit, 'events'>>
