import test from 'ava'
import fc from 'fast-check'
import { ReadyQueue } from '../../../machines/scheduling/ready-queue.ts'

test('an empty queue gives nothing', (t) => {
  const queue = new ReadyQueue(new Float64Array(0))
  t.is(queue.pop(), undefined)
  t.is(queue.size, 0)
})

test('tasks come out by rank, the highest first, and by number among equals, whatever the order they came in', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 })), fc.infiniteStream(fc.nat()), (ranks, picks) => {
      const queue = new ReadyQueue(Float64Array.from(ranks))
      const left = ranks.map((_, task) => task)
      while (left.length > 0) queue.push(left.splice(picks.next().value! % left.length, 1)[0]!)
      t.is(queue.size, ranks.length)
      const out = ranks.map(() => queue.pop()!)
      t.deepEqual(
        out,
        ranks.map((_, task) => task).sort((a, b) => ranks[b]! - ranks[a]! || a - b),
      )
      t.is(queue.pop(), undefined)
    }),
  )
})
