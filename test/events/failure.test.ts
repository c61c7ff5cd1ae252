import test from 'ava'
import { type FailureKind, isRetryable } from '../../events/failure.ts'

test('only failures that say nothing about the task are tried again without being asked', (t) => {
  const kinds: Record<FailureKind, boolean> = {
    user: false,
    timeout: false,
    'out-of-memory': false,
    'worker-lost': true,
    'lost-input': true,
    infrastructure: true,
    invalid: false,
  }
  for (const [kind, retryable] of Object.entries(kinds) as [FailureKind, boolean][])
    t.is(isRetryable({ kind, message: '' }), retryable, kind)
})
