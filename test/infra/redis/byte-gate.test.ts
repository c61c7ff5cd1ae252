import test from 'ava'
import { ByteGate } from '../../../infra/redis/byte-gate.ts'

test('no more bytes are on their way than may be, in the order asked, and all get through', async (t) => {
  const gate = new ByteGate(100)
  const order: number[] = []
  let [bytes, most] = [0, 0]
  const sizes = [60, 30, 20, 500, 10, 100, 1, 0, 99]
  const pass = (size: number) =>
    gate.pass(size, async () => {
      order.push(size)
      bytes += size
      if (size <= 100) most = Math.max(most, bytes)
      else t.is(bytes, size)
      await new Promise(setImmediate)
      bytes -= size
    })
  await Promise.all(sizes.map(pass))
  t.deepEqual(order, sizes)
  t.true(most <= 100)
})

test('work that fails gives its bytes back', async (t) => {
  const gate = new ByteGate(10)
  await t.throwsAsync(gate.pass(10, () => Promise.reject(new Error('failed'))))
  t.is(await gate.pass(10, async () => 'next'), 'next')
})
