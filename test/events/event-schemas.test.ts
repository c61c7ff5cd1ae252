import test from 'ava'
import type { z } from 'zod'
import type { BuildEvent } from '../../events/build-events.ts'
import type { Commit } from '../../events/commit.ts'
import { type buildEventSchema, type commitEnvelopeSchema, knownEventTypes } from '../../events/event-schemas.ts'
import { eventArbitraries } from './event-arbitraries.ts'

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T
type Same<A, B> =
  (<T>() => T extends DeepReadonly<A> ? 1 : 2) extends <T>() => T extends DeepReadonly<B> ? 1 : 2 ? true : false
type Parsed = z.infer<typeof buildEventSchema>

test('schemas and hand-written types say the same, property by property', (t) => {
  // The proof is that this file compiles.
  const perEvent: {
    readonly [Type in BuildEvent['type']]: Same<Extract<Parsed, { type: Type }>, Extract<BuildEvent, { type: Type }>>
  } = {
    'build-requested': true,
    'build-resumed': true,
    'build-taken-over': true,
    'build-warned': true,
    'source-prepared': true,
    'build-planned': true,
    'build-started': true,
    'build-succeeded': true,
    'build-failed': true,
    'build-cancelled': true,
    'files-digested': true,
    'surroundings-noted': true,
    'task-up-to-date': true,
    'task-cached': true,
    'task-queued': true,
    'task-started': true,
    'task-succeeded': true,
    'task-attempt-failed': true,
    'task-outputs-lost': true,
    'tasks-skipped': true,
    'tasks-cancelled': true,
    'dyndep-loaded': true,
  }
  const types: Same<Parsed['type'], BuildEvent['type']> = true
  const envelope: Same<Omit<z.infer<typeof commitEnvelopeSchema>, 'events'>, Omit<Commit, 'events'>> = true
  t.true(types && envelope)
  t.deepEqual(Object.keys(perEvent).sort(), [...knownEventTypes].sort())
  t.deepEqual(Object.keys(eventArbitraries).sort(), [...knownEventTypes].sort())
})
