import { assign, initialTransition, type SnapshotFrom, setup, transition } from 'xstate'
import { isRetryable } from '../events/failure.ts'
import type { TaskAttemptFailed, TaskEvent } from '../events/task-events.ts'

/**
 * One task, from the moment it is ready and a slot is there for it, to its end. Its events are the log's. An event of
 * another attempt than the one under way cannot follow.
 *
 *     looking-up --task-up-to-date--> up-to-date
 *         |
 *         +--task-cached--> cached
 *         |
 *         +--task-queued--> queued --task-started--> running --task-succeeded--> succeeded
 *                             ^                         |
 *                             +--task-attempt-failed----+--task-attempt-failed--> failed
 *                                (tried again)             (no attempt left)
 *
 *     looking-up, queued, running --tasks-cancelled--> cancelled
 */
export const taskMachine = setup({
  types: {} as { context: TaskContext; events: TaskEvent; input: TaskInput },
  guards: {
    isThisAttempt: ({ context, event }) => 'attempt' in event && event.attempt === context.attempt,
    mayRetry: ({ context, event }) =>
      event.type === 'task-attempt-failed' && event.attempt === context.attempt && mayRetry(context, event),
  },
  actions: {
    beginAttempt: assign(({ context, event }) => ({
      attempt: context.attempt + 1,
      lost: context.lost + (event.type === 'task-attempt-failed' && isRetryable(event.failure) ? 1 : 0),
    })),
  },
}).createMachine({
  id: 'task',
  context: ({ input }) => ({ attempt: 1, lost: 0, ...input }),
  initial: 'looking-up',
  states: {
    'looking-up': {
      on: {
        'task-up-to-date': 'up-to-date',
        'task-cached': 'cached',
        'task-queued': 'queued',
        'tasks-cancelled': 'cancelled',
      },
    },
    queued: {
      on: { 'task-started': { guard: 'isThisAttempt', target: 'running' }, 'tasks-cancelled': 'cancelled' },
    },
    running: {
      on: {
        'task-succeeded': { guard: 'isThisAttempt', target: 'succeeded' },
        'task-attempt-failed': [
          { guard: 'mayRetry', target: 'queued', actions: 'beginAttempt' },
          { guard: 'isThisAttempt', target: 'failed' },
        ],
        'tasks-cancelled': 'cancelled',
      },
    },
    'up-to-date': { type: 'final' },
    cached: { type: 'final' },
    succeeded: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
})

export interface TaskContext {
  /** The attempt under way or next to begin; counts from 1. */
  readonly attempt: number
  /** Attempts so far that failed outside the task's fault. */
  readonly lost: number
  /** Attempts allowed beyond the first for failures of the task's own making. */
  readonly retriesMax: number
}

export interface TaskInput {
  readonly retriesMax: number
  /** Of a task that runs again in the same build: its next attempt, and those that it has lost. */
  readonly attempt?: number
  readonly lost?: number
}

export type TaskSnapshot = SnapshotFrom<typeof taskMachine>

/** Attempts that failures outside the task's fault may cost; they don't count against the task's own retries. */
export const infrastructureAttemptsMax = 3

/** Waits before the 2nd, 3rd, ... attempt: 100 ms, doubled each time, at most 10 s. */
export function retryDelayMs(attempt: number): number {
  return Math.min(10_000, 100 * 2 ** (attempt - 2))
}

/** A ready task's actor, in `looking-up`. */
export function startTaskActor(input: TaskInput): TaskActor {
  return new TaskActor(input)
}

/**
 * One task's place in the task machine. The machine has no effects and few states, so each of its transitions is worked
 * out once and remembered: a build of 100,000 tasks would otherwise spend most of its replay in the interpreter.
 */
export class TaskActor {
  #snapshot: TaskSnapshot

  constructor(input: TaskInput) {
    this.#snapshot = initialSnapshot(input)
  }

  getSnapshot(): TaskSnapshot {
    return this.#snapshot
  }

  /** Whether the event leads anywhere from here. */
  can(event: TaskEvent): boolean {
    return nextSnapshot(this.#snapshot, event) !== undefined
  }

  /** Moves on and returns true, or returns false for an event that cannot follow. */
  send(event: TaskEvent): boolean {
    const next = nextSnapshot(this.#snapshot, event)
    if (next === undefined) return false
    this.#snapshot = next
    return true
  }
}

function mayRetry(context: TaskContext, event: TaskAttemptFailed): boolean {
  if (isRetryable(event.failure)) return context.lost + 1 < infrastructureAttemptsMax
  return context.attempt - context.lost <= context.retriesMax
}

const initialSnapshots = new Map<string, TaskSnapshot>()
const nextSnapshots = new WeakMap<TaskSnapshot, Map<string, TaskSnapshot | undefined>>()

function initialSnapshot(input: TaskInput): TaskSnapshot {
  const key = `${input.retriesMax}.${input.attempt ?? 1}.${input.lost ?? 0}`
  let snapshot = initialSnapshots.get(key)
  if (snapshot === undefined) {
    snapshot = initialTransition(taskMachine, input)[0]
    initialSnapshots.set(key, snapshot)
  }
  return snapshot
}

function nextSnapshot(snapshot: TaskSnapshot, event: TaskEvent): TaskSnapshot | undefined {
  let known = nextSnapshots.get(snapshot)
  if (known === undefined) {
    known = new Map()
    nextSnapshots.set(snapshot, known)
  }
  const letter = letterOf(event, snapshot.context.attempt)
  let next = known.get(letter)
  if (next === undefined && !known.has(letter)) {
    next = snapshot.can(event) ? transition(taskMachine, snapshot, event)[0] : undefined
    known.set(letter, next)
  }
  return next
}

/** All of an event that the machine's guards and actions look at: two events with the same letter lead to the same place. */
function letterOf(event: TaskEvent, attempt: number): string {
  if ('attempt' in event && event.attempt !== attempt) return 'other-attempt'
  if (event.type === 'task-attempt-failed' && isRetryable(event.failure)) return 'task-attempt-failed-retryable'
  return event.type
}
