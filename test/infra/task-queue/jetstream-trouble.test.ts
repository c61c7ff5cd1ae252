import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import test from 'ava'
import type { TaskOrder } from '../../../events/task-order.ts'
import type { TaskReport } from '../../../events/task-report.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { TaskQueueError } from '../../../infra/task-queue/task-queue.ts'
import { failed, order, started } from '../../conformance/task-queue.ts'
import { until } from '../../rig/until.ts'
import { queueRig } from './jetstream-rig.ts'

/** A run that ends when told, or aborted. */
function handRun() {
  const begun: number[] = []
  const ends: (() => void)[] = []
  return {
    begun,
    endAll: () => {
      for (const end of ends.splice(0)) end()
    },
    run: ({ task }: TaskOrder, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        begun.push(task)
        ends.push(resolve)
        signal.addEventListener('abort', () => resolve())
      }),
  }
}

test('an order waits for a server that is away, and is taken once when it is back', async (t) => {
  const rig = await queueRig(t)
  const [coordinator, worker] = [await rig.queue(), await rig.queue()]
  const hand = handRun()
  worker.consume(4, hand.run)
  await coordinator.publish(order('a', 1))
  await until('the first is taken', () => hand.begun.length === 1)
  await rig.server.signal('SIGKILL')
  const published = [2, 3].map((task) => coordinator.publish(order('a', task)))
  await rig.server.start()
  await Promise.all(published)
  await until('all are taken', () => hand.begun.length === 3)
  hand.endAll()
  await until('all are out of line', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.deepEqual([...hand.begun].sort(), [1, 2, 3])
  await Promise.all([coordinator.close(), worker.close()])
})

test('an order that the server does not take within its deadline is refused', async (t) => {
  const rig = await queueRig(t)
  const queue = await rig.queue({ deadlineMs: 300 })
  await rig.server.signal('SIGKILL')
  const error = await t.throwsAsync(async () => queue.publish(order('a', 7)), { instanceOf: TaskQueueError })
  t.is(
    error.message,
    'order of task 7 of a: no answer within 0.3 s; see that NATS runs with JetStream (nats-server -js)',
  )
  await queue.close()
})

test('orders that no server could take are refused, and say why', async (t) => {
  const rig = await queueRig(t)
  const queue = await rig.queue({ workerId: undefined as never })
  const refused = async (sent: Parameters<typeof queue.publish>[0]) =>
    (await t.throwsAsync(async () => queue.publish(sent), { instanceOf: TaskQueueError })).message
  t.regex(await refused(order('a', 1)), /names no worker/)
  t.regex(await refused({ ...order('a', 1), worker: 'host.example' }), /'host.example' can't be part/)
  const large = (content: string) => ({ ...order('a', 1), worker: 'w', rspfile: { path: 'r', content } })
  t.regex(await refused(large(randomBytes(2_000_000).toString('base64'))), /raise max_payload/)
  await t.notThrowsAsync(async () => queue.publish(large('x'.repeat(5_000_000))))
  t.throws(() => queue.consume(1, async () => {}), { instanceOf: TaskQueueError })
  await queue.close()
})

test('reports outlast a restart of the server, in order and without loss', async (t) => {
  const rig = await queueRig(t)
  const [coordinator, worker] = [await rig.queue(), await rig.queue()]
  const got: TaskReport[] = []
  coordinator.onReport('a', (report) => got.push(report))
  const sent = Array.from({ length: 60 }, (_, i) => failed('a', i))
  for (const report of sent.slice(0, 20)) await worker.report(report)
  await until('the first have come', () => got.length === 20)
  await rig.server.signal('SIGKILL')
  const reported = sent.slice(20, 40).map((report) => worker.report(report))
  await rig.server.start()
  await Promise.all(reported)
  for (const report of sent.slice(40)) await worker.report(report)
  await until('all have come', () => got.length >= sent.length, 20_000)
  t.deepEqual(
    got.map(({ task }) => task),
    sent.map(({ task }) => task),
  )
  await Promise.all([coordinator.close(), worker.close()])
})

test('orders and reports that come after the server lost what it had go their way', async (t) => {
  const rig = await queueRig(t)
  const [coordinator, worker] = [await rig.queue(), await rig.queue()]
  const got: number[] = []
  coordinator.onReport('a', ({ task }) => got.push(task))
  const hand = handRun()
  worker.consume(4, hand.run)
  for (const task of [1, 2, 3]) {
    await coordinator.publish(order('a', task))
    await worker.report(failed('a', task))
  }
  await until('all have come', () => got.length === 3 && hand.begun.length === 3)
  await coordinator.withdraw('a')
  await rig.server.signal('SIGKILL')
  rmSync(join(rig.server.directory, 'jetstream'), { recursive: true })
  await rig.server.start()
  await rig.addStreams()
  await coordinator.publish(order('a', 4))
  await worker.report(failed('a', 4))
  await until('both have come', () => got.includes(4) && hand.begun.includes(4))
  t.deepEqual(
    [got, hand.begun],
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
  )
  hand.endAll()
  await Promise.all([coordinator.close(), worker.close()])
})

test('an order under way when the server restarts is not run twice', async (t) => {
  const rig = await queueRig(t)
  const worker = await rig.queue({ ackWaitMs: 600 })
  const hand = handRun()
  worker.consume(2, hand.run)
  await worker.publish(order('a', 1))
  await until('it is taken', () => hand.begun.length === 1)
  await rig.server.signal('SIGKILL')
  const awaySince = performance.now()
  await until('it could be delivered again', () => performance.now() - awaySince > 900)
  await rig.server.start()
  await worker.publish(order('a', 2))
  await until('the worker takes orders again', () => hand.begun.length === 2)
  hand.endAll()
  await until('both are out of line', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.deepEqual(hand.begun, [1, 2])
  await worker.close()
})

test('an order that runs for long is kept from being delivered to another', async (t) => {
  const rig = await queueRig(t)
  const [worker, twin] = [await rig.queue({ ackWaitMs: 2_000 }), await rig.queue({ ackWaitMs: 2_000 })]
  const hand = handRun()
  worker.consume(1, hand.run)
  await worker.publish(order('a', 1))
  await until('it is taken', () => hand.begun.length === 1)
  twin.consume(1, hand.run)
  let kept = 0
  rig.connection.subscribe('$JS.ACK.>', { callback: (_, message) => void (message.string() === '+WPI' && kept++) })
  await until('it was kept for longer than it would have been', () => kept >= 5)
  t.deepEqual(hand.begun, [1])
  hand.endAll()
  await Promise.all([worker.close(), twin.close()])
})

test('an order of a worker that died is delivered to its successor', async (t) => {
  const rig = await queueRig(t)
  const connection = await connectNats({ servers: rig.server.url, name: 'dying' })
  const [dying, successor] = [await rig.queue({ connection, ackWaitMs: 300 }), await rig.queue({ ackWaitMs: 300 })]
  const hand = handRun()
  dying.consume(1, hand.run)
  await successor.publish(order('a', 1))
  await until('it is taken', () => hand.begun.length === 1)
  await connection.close()
  successor.consume(1, hand.run)
  await until('it is taken again', () => hand.begun.length === 2)
  hand.endAll()
  await until('it is out of line', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.deepEqual(hand.begun, [1, 1])
  await Promise.all([successor.close(), dying.close()])
})

test('an order whose report was not stored is delivered again', async (t) => {
  const rig = await queueRig(t)
  const worker = await rig.queue()
  let runs = 0
  worker.consume(1, async () => {
    if (++runs === 1) throw new TaskQueueError('report of a: the queue was closed')
  })
  await worker.publish(order('a', 1))
  await until('it is out of line', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.is(runs, 2)
  await worker.close()
})

test('the same order is taken again after it was withdrawn, and once when it waits already', async (t) => {
  const rig = await queueRig(t)
  const worker = await rig.queue()
  await worker.publish(order('a', 1))
  await worker.publish(order('a', 1))
  t.is(await rig.stored('tasks'), 1)
  await worker.withdraw('a')
  await worker.publish(order('a', 1))
  const hand = handRun()
  worker.consume(1, hand.run)
  await until('it is taken', () => hand.begun.length === 1)
  hand.endAll()
  await worker.close()
  t.is(hand.begun.length, 1)
})

test('an order goes to the worker and pool that it names, and stop reaches it there', async (t) => {
  const rig = await queueRig(t)
  const coordinator = await rig.queue()
  const workers = await Promise.all(
    [
      ['p', 'w1'],
      ['p', 'w2'],
      ['q', 'w1'],
    ].map(([pool, workerId]) => rig.queue({ pool: pool!, workerId: workerId! })),
  )
  const taken: string[] = []
  for (const [i, worker] of workers.entries())
    worker.consume(1, ({ task }, signal) => {
      taken.push(`${i}:${task}`)
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    })
  await coordinator.publish({ ...order('a', 1), pool: 'q', worker: 'w1' })
  await coordinator.publish({ ...order('a', 2), pool: 'p', worker: 'w2' })
  await coordinator.publish({ ...order('a', 3), pool: 'p', worker: 'w2' })
  await until('both have one', () => taken.length === 2)
  await coordinator.stop('a')
  await until('nothing is left', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  await coordinator.publish({ ...order('a', 4), pool: 'p', worker: 'w2' })
  await until('the slot is free', () => taken.length === 3)
  t.deepEqual([...taken].sort(), ['1:2', '1:4', '2:1'])
  await Promise.all([coordinator, ...workers].map((queue) => queue.close()))
})

test('a coordinator that takes over gets what is not absorbed, and no more', async (t) => {
  const rig = await queueRig(t)
  const [worker, first, second] = [await rig.queue(), await rig.queue(), await rig.queue()]
  const got: number[] = []
  const stop = first.onReport('a', ({ task }) => got.push(task))
  for (const task of [1, 2, 3]) await worker.report(failed('a', task))
  await until('all have come', () => got.length === 3)
  first.absorbed('a')
  await worker.report(failed('a', 4))
  await until('one more has come', () => got.length === 4)
  stop()
  await until('what was absorbed is purged', async () => (await rig.stored('results')) === 1)
  const left: number[] = []
  second.onReport('a', ({ task }) => left.push(task))
  await worker.report(started('a', 5))
  await until('the rest has come', () => left.length === 2)
  t.deepEqual(left, [4, 5])
  second.absorbed('a')
  await until('that is purged too', async () => (await rig.stored('results')) === 0)
  await Promise.all([worker, first, second].map((queue) => queue.close()))
})

test('messages that are none of ours are told of and do no harm', async (t) => {
  const rig = await queueRig(t)
  const odd: string[] = []
  const worker = await rig.queue({ onMalformed: (subject) => odd.push(subject) })
  const hand = handRun()
  const got: number[] = []
  worker.consume(1, hand.run)
  worker.onReport('a', ({ task }) => got.push(task))
  // A round trip, after which the worker listens.
  await worker.withdraw('nobody')
  for (const subject of ['millrace.tasks.test.w.a', 'millrace.results.a', 'millrace.control.a'])
    for (const text of ['nonsense', '{}']) rig.connection.publish(subject, text)
  await until('all are told of', () => odd.length === 6)
  await worker.publish(order('a', 1))
  await worker.report(failed('a', 1))
  await until('ours come', () => hand.begun.length === 1 && got.length === 1)
  hand.endAll()
  await until('none is left', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.is(odd.length, 6)
  await worker.close()
})

test('a worker whose consumer was deleted goes on', async (t) => {
  const rig = await queueRig(t)
  const worker = await rig.queue()
  const hand = handRun()
  worker.consume(3, hand.run)
  await worker.publish(order('a', 1))
  await until('it is taken', () => hand.begun.length === 1)
  const manager = await jetstreamManager(rig.connection)
  await manager.consumers.delete('MILLRACE_TASKS', 'test=w')
  await worker.publish(order('a', 2))
  await until('the next is taken', () => hand.begun.length === 2)
  hand.endAll()
  await until('both are out of line', async () => (await rig.stored('tasks').catch(() => undefined)) === 0)
  t.deepEqual(hand.begun, [1, 2])
  await worker.close()
})

test('a queue whose streams are not there says so', async (t) => {
  const rig = await queueRig(t)
  await t.throwsAsync(() => rig.queue({ prefix: 'other' }), {
    instanceOf: TaskQueueError,
    message: /stream OTHER_TASKS: NATS lacks Millrace's streams/,
  })
})

test('a queue that is closed takes nothing more', async (t) => {
  const rig = await queueRig(t)
  const queue = await rig.queue()
  const waiting = queue.report(started('a', 1))
  await queue.close()
  await queue.close()
  await t.notThrowsAsync(async () => waiting)
  t.is(await rig.stored('results'), 1)
  await t.throwsAsync(async () => queue.publish(order('a', 1)), { instanceOf: TaskQueueError })
  await t.throwsAsync(async () => queue.report(started('a', 1)), { instanceOf: TaskQueueError })
})
