import test from 'ava'
import fc from 'fast-check'
import { buildIdFrom, isBuildId, requestedAt } from '../../events/build-id.ts'

const random = fc.uint8Array({ minLength: 16, maxLength: 16 })
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })

test('the name of a build tells when it was requested', (t) => {
  fc.assert(
    fc.property(time, random, (at, bytes) => {
      const id = buildIdFrom(at, bytes)
      t.true(isBuildId(id))
      t.is(requestedAt(id), at)
    }),
  )
})

test('names sort by the time of the request', (t) => {
  fc.assert(
    fc.property(time, time, random, random, (one, other, some, more) => {
      fc.pre(one !== other)
      t.is(buildIdFrom(one, some) < buildIdFrom(other, more), one < other)
    }),
  )
})

test('other texts are no names', (t) => {
  for (const text of [
    '',
    'abc',
    '01J00000000000000000000000',
    '81j00000000000000000000000',
    '01i00000000000000000000000',
  ])
    t.false(isBuildId(text), text)
})
