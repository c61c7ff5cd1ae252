import test from 'ava'
import { estimateRemainingMs } from '../../../../services/cli/progress/estimate.ts'

const work = { knownMs: 0, unknownTasks: 0, meanMs: undefined, longestPathMs: 0, slots: 4 }

test('known work is spread over the slots', (t) => t.is(estimateRemainingMs({ ...work, knownMs: 8000 }), 2000))

test('no schedule is shorter than its longest path', (t) =>
  t.is(estimateRemainingMs({ ...work, knownMs: 8000, longestPathMs: 5000 }), 5000))

test('a task of unknown duration counts as the mean', (t) =>
  t.is(estimateRemainingMs({ ...work, knownMs: 2000, unknownTasks: 6, meanMs: 1000 }), 2000))

test('without any duration there is no estimate', (t) =>
  t.is(estimateRemainingMs({ ...work, unknownTasks: 1 }), undefined))

test('nothing left takes no time', (t) => t.is(estimateRemainingMs(work), 0))
