import { type Actor, createActor, setup } from 'xstate'
import type { BuildEvent } from '../events/build-events.ts'

/**
 * One build.
 *
 *     requested --build-planned--> planned --build-started--> running --build-succeeded--> succeeded
 *         ^                           |                         |  +-----build-failed-----> failed
 *         +-------build-resumed-------+-------------------------+
 *         +------build-taken-over-----+
 *
 *     requested, planned, running --build-failed--> failed, --build-cancelled--> cancelled
 *
 * Where they are stay: `requested` at source-prepared, `requested` and `running` at build-taken-over, and all three at
 * build-warned.
 */
export const buildMachine = setup({
  types: {} as { events: BuildEvent },
}).createMachine({
  id: 'build',
  initial: 'requested',
  states: {
    requested: {
      on: {
        'source-prepared': 'requested',
        'build-planned': 'planned',
        'build-resumed': 'requested',
        'build-taken-over': 'requested',
        'build-warned': 'requested',
        'build-failed': 'failed',
        'build-cancelled': 'cancelled',
      },
    },
    planned: {
      on: {
        'build-started': 'running',
        'build-resumed': 'requested',
        'build-taken-over': 'requested',
        'build-warned': 'planned',
        'build-failed': 'failed',
        'build-cancelled': 'cancelled',
      },
    },
    running: {
      on: {
        'build-resumed': 'requested',
        'build-taken-over': 'running',
        'build-warned': 'running',
        'build-succeeded': 'succeeded',
        'build-failed': 'failed',
        'build-cancelled': 'cancelled',
      },
    },
    succeeded: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
})

export type BuildPhase = 'requested' | 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export type BuildActor = Actor<typeof buildMachine>

/** A requested build's actor. */
export function startBuildActor(): BuildActor {
  return createActor(buildMachine).start()
}
