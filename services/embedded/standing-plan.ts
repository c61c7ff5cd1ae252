import type { BuildPlanned, BuildRequest, BuildStarted, BuildSucceeded } from '../../events/build-events.ts'
import type { Digest } from '../../events/digest.ts'
import type { VariableValue } from '../../events/surroundings.ts'

/**
 * A plan that found nothing to do. It stands while every file that it rests on is as it was then (the footprint), and
 * saves reading the graph and comparing each task. A cache: it can be lost at any time.
 */
export interface StandingPlan {
  readonly question: StandingQuestion
  /** Environment variables that matter to its tasks, as they were. */
  readonly variables: readonly VariableValue[]
  readonly request: BuildRequest
  readonly planned: BuildPlanned
  readonly succeeded: BuildSucceeded
}

/** What was asked for; another question needs another plan. */
export interface StandingQuestion {
  /** Version of Millrace. */
  readonly version: string
  readonly readersVersion: number
  readonly directory: string
  /** As the user named it. */
  readonly file: string | null
  readonly targets: readonly string[]
  readonly failuresMax: number
  readonly policy: BuildRequest['policy']
  /** Directory of the sources, as the user named it. */
  readonly root: string | null
}

/** The plan's own length in bytes (uint32, little-endian), the plan as JSON, the footprint. */
export function encodeStandingPlan(plan: StandingPlan, footprint: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify(plan))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([length, json, footprint])
}

/**
 * The plan when it answers the question, the variables it rests on are as `variableNow` says, and `isAsIn` confirms its
 * footprint; none for bytes that hold no plan.
 */
export function decodeStandingPlan(
  bytes: Uint8Array,
  question: StandingQuestion,
  variableNow: (variable: string) => Digest | null,
  isAsIn: (footprint: Uint8Array) => boolean,
): StandingPlan | undefined {
  if (bytes.byteLength < 4) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const plan = planIn(bytes.subarray(4, 4 + length))
  if (plan === undefined || JSON.stringify(plan.question) !== JSON.stringify(question)) return undefined
  if (plan.variables.some(([name, value]) => variableNow(name) !== value)) return undefined
  return isAsIn(bytes.subarray(4 + length)) ? plan : undefined
}

function planIn(json: Uint8Array): StandingPlan | undefined {
  try {
    const plan = JSON.parse(Buffer.from(json).toString()) as Partial<StandingPlan> | null
    return plan?.question && plan.variables && plan.request && plan.planned && plan.succeeded
      ? (plan as StandingPlan)
      : undefined
  } catch {
    return undefined
  }
}

/** The events of a build that asks the same again. */
export function eventsOfStandingPlan({ planned, succeeded }: StandingPlan, slots: number) {
  return [planned, { type: 'build-started', slots } satisfies BuildStarted, succeeded] as const
}
