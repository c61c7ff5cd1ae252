import { type Actor, createActor, setup } from 'xstate'
import type { BuildEvent } from '../events/build-events.ts'

/**
 * One build.
 *
 *     requested --build-planned--> planned --build-started--> running --build-succeeded--> succeeded
 *         ^                           |                         |  +-----build-failed-----> failed
 *         +-------build-resumed-------+-------------------------+
 *
 *     requested, planned, running --build-failed--> failed, --build-cancelled--> cancelled
 */
export const buildMachine = setup({
  types: {} as { events: BuildEvent },
}).createMachine({
  id: 'build',
  initial: 'requested',
  states: {
    requested: {
      on: {
        'build-planned': 'planned',
        'build-resumed': 'requested',
        'build-failed': 'failed',
        'build-cancelled': 'cancelled',
      },
    },
    planned: {
      on: {
        'build-started': 'running',
        'build-resumed': 'requested',
        'build-failed': 'failed',
        'build-cancelled': 'cancelled',
      },
    },
    running: {
      on: {
        'build-resumed': 'requested',
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
