import test from 'ava'
import { ObservedLeases } from '../../../infra/lease/observed-leases.ts'

const holder = { process: { host: 'here', pid: 1, startTicks: 1 }, note: {} }
const lease = (revision: number) => ({ key: 'build', revision, holder })

test('a lease lapses when its revision stays for as long as it takes, counted from when it was heard', (t) => {
  const observed = new ObservedLeases(4_000)
  t.true(observed.hear(lease(7), 1_000))
  t.deepEqual(observed.passTo(4_999), [])
  t.false(observed.isLapsed('build', 7))
  t.false(observed.hear(lease(7), 4_000))
  t.deepEqual(observed.passTo(5_000), ['build'])
  t.true(observed.isLapsed('build', 7))
  t.false(observed.isLapsed('build', 8))
  t.true(observed.hear(lease(8), 5_500))
  t.false(observed.isLapsed('build', 8))
})

test('time in which nothing could be heard does not count', (t) => {
  const observed = new ObservedLeases(4_000)
  observed.hear(lease(1), 0)
  observed.lostTouch(60_000)
  t.deepEqual(observed.passTo(60_100), [])
  t.deepEqual(observed.passTo(64_000), ['build'])
})

test('a lapsed lease is told of again after each such time, a new revision begins anew', (t) => {
  const observed = new ObservedLeases(4_000)
  observed.hear(lease(1), 0)
  t.deepEqual(observed.passTo(4_000), ['build'])
  t.deepEqual(observed.passTo(7_999), [])
  t.deepEqual(observed.passTo(8_000), ['build'])
  observed.hear(lease(2), 8_000)
  t.deepEqual(observed.passTo(11_999), [])
})

test('what was given back does not lapse, and older news does not bring it back', (t) => {
  const observed = new ObservedLeases(4_000)
  observed.hear({ key: 'build', revision: 2, holder: undefined }, 0)
  t.false(observed.hear(lease(1), 10))
  t.deepEqual(observed.passTo(100_000), [])
})
