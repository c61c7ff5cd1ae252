import test from 'ava'
import fc from 'fast-check'
import { countRanges, fromRanges, toRanges } from '../../events/ranges.ts'

test('consecutive numbers take two numbers', (t) => {
  t.deepEqual(toRanges([0, 1, 2, 7, 9, 10]), [0, 3, 7, 1, 9, 2])
  t.deepEqual(toRanges([]), [])
})

test('runs give back the numbers they were made of, and how many', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 100 })), (numbers) => {
      const ascending = numbers.sort((a, b) => a - b)
      t.deepEqual([...fromRanges(toRanges(ascending))], ascending)
      t.is(countRanges(toRanges(ascending)), ascending.length)
    }),
  )
})
