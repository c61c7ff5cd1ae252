import type { BuildEvent } from '../../events/build-events.ts'
import { digestOf } from '../../events/digest.ts'
import type { FailureKind } from '../../events/failure.ts'
import { toRanges } from '../../events/ranges.ts'
import { type BuildState, newBuildState, phaseOf, taskCounts } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'
import type { BuildGraph } from '../../machines/graph/build-graph.ts'
import { step, tasksWith } from '../../machines/step.ts'
import { requester } from './build-rig.ts'

export interface Drive {
  readonly graph: BuildGraph
  readonly slots: number
  readonly failuresMax: number
  readonly policy: 'fifo' | 'priority' | 'critical-path'
  /** Decides, one number per decision: which open effect is next, and how it turns out. Used again from the start. */
  readonly dice: readonly number[]
  /** Take over by another coordinator, or stop, after this many answers. */
  readonly resumeAfter?: number
  readonly cancelAfter?: number
}

export interface Driven {
  readonly state: BuildState
  readonly log: readonly BuildEvent[]
}

const phases = { queueMs: 1, fetchMs: 1, runMs: 1, storeMs: 1 }
const failureKinds: readonly FailureKind[] = ['user', 'worker-lost', 'infrastructure', 'invalid']

/**
 * Plays the world: answers the effects of a build one at a time in a random order until none is open, recording as a
 * coordinator does. `watch` sees the state after every event.
 */
export function driveBuild(drive: Drive, watch: (state: BuildState, event: BuildEvent) => void): Driven {
  const state = newBuildState('01j00000000000000000000000', () => drive.graph)
  const log: BuildEvent[] = []
  let open: Effect[] = []
  let answers = 0
  let cast = 0
  const die = (sides: number) => drive.dice[cast++ % drive.dice.length]! % sides
  const record = (event: BuildEvent) => {
    const effects = step(state, event)
    log.push(event)
    watch(state, event)
    for (const effect of effects) {
      if (effect.type === 'record') record(effect.event)
      else if (effect.type === 'stop-tasks') open = []
      else if (effect.type === 'withdraw-tasks') open = open.filter(({ type }) => type !== 'dispatch-task')
      else open.push(effect)
    }
  }
  const { slots, failuresMax, policy } = drive
  const request = { directory: '/', reader: 'json', file: 'g', targets: [], failuresMax, policy } as const
  record({ type: 'build-requested', request, requester })
  while (open.length > 0) {
    if (answers === drive.resumeAfter) {
      open = []
      record({ type: 'build-resumed', requester })
    } else if (answers === drive.cancelAfter) {
      cancel(state, record)
      break
    }
    answers++
    const [effect] = open.splice(die(open.length), 1)
    for (const event of answer(effect!, log, slots, die)) record(event)
  }
  return { state, log }
}

function cancel(state: BuildState, record: (event: BuildEvent) => void): void {
  const plan = state.plan
  const left = plan === undefined ? [] : tasksWith(plan, ['waiting', 'ready', 'looking-up', 'queued', 'running'])
  if (left.length > 0) record({ type: 'tasks-cancelled', tasks: toRanges(left) })
  record({ type: 'build-cancelled', reason: 'interrupted', counts: taskCounts(state) })
}

function answer(
  effect: Effect,
  log: readonly BuildEvent[],
  slots: number,
  die: (sides: number) => number,
): readonly BuildEvent[] {
  switch (effect.type) {
    case 'plan-build': {
      const done = log.flatMap((event) =>
        'task' in event && /succeeded|up-to-date/.test(event.type) ? [event.task] : [],
      )
      const upToDate = toRanges(done.sort((a, b) => a - b))
      const lists = { discovered: [], dyndeps: [], durations: [] }
      return [
        { type: 'build-planned', graph: digestOf('graph'), upToDate, ...lists },
        { type: 'build-started', slots },
      ]
    }
    case 'look-up-task':
      if (die(4) === 0) return [{ type: 'task-up-to-date', task: effect.task }]
      return [
        {
          type: 'task-queued',
          task: effect.task,
          command: digestOf('command'),
          inputs: [],
          reason: { kind: 'no-record' },
        },
      ]
    case 'dispatch-task': {
      const attempt = { task: effect.task, attempt: effect.attempt, worker: 'w', at: 0 }
      const started = { type: 'task-started', ...attempt } as const
      if (die(8) > 0) return [started, { type: 'task-succeeded', ...attempt, phases, discovered: [], outputs: [] }]
      const kind = failureKinds[die(failureKinds.length)]!
      return [started, { type: 'task-attempt-failed', ...attempt, phases, failure: { kind, message: 'x' } }]
    }
    default:
      throw new Error(`the driver has no answer to ${effect.type}`)
  }
}

/** All of a state that decides how it goes on, as plain data. */
export function summarize(state: BuildState): unknown {
  const plan = state.plan
  return {
    phase: phaseOf(state),
    request: state.request,
    message: state.message,
    counts: taskCounts(state),
    fileVersions: state.fileVersions,
    plan: plan && {
      status: [...plan.status],
      pending: [...plan.pending],
      rank: [...plan.rank],
      slots: plan.slots,
      actors: [...plan.actors].map(([task, actor]) => [task, actor.getSnapshot().value, actor.getSnapshot().context]),
      pools: [...plan.pools].map(([name, { taken, depth, waiting }]) => [name, taken, depth, waiting.size]),
      ready: plan.ready.size,
    },
  }
}
