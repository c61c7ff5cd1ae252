import { type Actor, assign, createActor, setup } from 'xstate'
import { isRetryable } from '../events/failure.ts'
import type { TaskAttemptFailed, TaskEvent } from '../events/task-events.ts'

/**
 * One task, from the moment it is ready and a slot is there for it, to its end. Its events are the log's.
 *
 *     looking-up --task-up-to-date--> up-to-date
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
    mayRetry: ({ context, event }) => event.type === 'task-attempt-failed' && mayRetry(context, event),
  },
  actions: {
    beginAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
  },
}).createMachine({
  id: 'task',
  context: ({ input }) => ({ attempt: 1, retriesMax: input.retriesMax }),
  initial: 'looking-up',
  states: {
    'looking-up': {
      on: { 'task-up-to-date': 'up-to-date', 'task-queued': 'queued', 'tasks-cancelled': 'cancelled' },
    },
    queued: { on: { 'task-started': 'running', 'tasks-cancelled': 'cancelled' } },
    running: {
      on: {
        'task-succeeded': 'succeeded',
        'task-attempt-failed': [
          { guard: 'mayRetry', target: 'queued', actions: 'beginAttempt' },
          { target: 'failed' },
        ],
        'tasks-cancelled': 'cancelled',
      },
    },
    'up-to-date': { type: 'final' },
    succeeded: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
})

export interface TaskContext {
  /** The attempt under way or next to begin; counts from 1. */
  readonly attempt: number
  /** Attempts allowed beyond the first for failures of the task's own making. */
  readonly retriesMax: number
}

export interface TaskInput {
  readonly retriesMax: number
}

export type TaskActor = Actor<typeof taskMachine>

/** Attempts that failures outside the task's fault may cost. */
export const infrastructureAttemptsMax = 3

/** Waits before the 2nd, 3rd, ... attempt: 100 ms, doubled each time, at most 10 s. */
export function retryDelayMs(attempt: number): number {
  return Math.min(10_000, 100 * 2 ** (attempt - 2))
}

/** A ready task's actor, in `looking-up`. */
export function startTaskActor(input: TaskInput): TaskActor {
  return createActor(taskMachine, { input }).start()
}

function mayRetry(context: TaskContext, event: TaskAttemptFailed): boolean {
  if (isRetryable(event.failure)) return context.attempt < infrastructureAttemptsMax
  return context.attempt <= context.retriesMax
}
