import test from 'ava'
import { TurnBatch } from '../../../infra/redis/turn-batch.ts'

/** Answers with ten times the number; keeps the batches. */
function tenfold(limits: { items: number; bytes: number }) {
  const batches: (readonly number[])[] = []
  const batch = new TurnBatch<number, number>(limits, async (items) => {
    batches.push(items)
    return items.map((item) => item * 10)
  })
  return { batch, batches }
}

test('what is asked in one turn goes out together, each with its own answer', async (t) => {
  const { batch, batches } = tenfold({ items: 100, bytes: 100 })
  const chained = async (item: number) => batch.add(await batch.add(item))
  t.deepEqual(await Promise.all([chained(1), chained(2), batch.add(3)]), [100, 200, 30])
  t.deepEqual(batches, [
    [1, 2, 3],
    [10, 20],
  ])
})

test('batches keep to their limits', async (t) => {
  const { batch, batches } = tenfold({ items: 3, bytes: 100 })
  await Promise.all([1, 2, 3, 4].map((item) => batch.add(item)))
  await Promise.all([60, 40, 1, 1000, 2].map((bytes) => batch.add(bytes, bytes)))
  t.deepEqual(batches, [[1, 2, 3], [4], [60, 40], [1], [1000], [2]])
})

test('a batch that fails fails all that asked, and no other', async (t) => {
  let isFailing = true
  const batch = new TurnBatch<number, number>({ items: 10, bytes: 10 }, async (items) => {
    if (isFailing) throw new Error('away')
    return items
  })
  const outcomes = await Promise.allSettled([batch.add(1), batch.add(2)])
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  isFailing = false
  t.is(await batch.add(3), 3)
})
