import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { sketchGraph } from '../../machines/sketch-graph.ts'
import { CoordinatorBench } from './coordinator-bench.ts'

const two = sketchGraph([
  { id: 'a', in: ['source'] },
  { id: 'b', in: ['a'] },
])
const wide = sketchGraph(Array.from({ length: 12 }, (_, task) => ({ id: `t${task}` })))

test('late and repeated reports change nothing, and hold nothing up', async (t) => {
  const bench = new CoordinatorBench(two, { failuresMax: 0 })
  const ended = bench.run()
  await bench.takes(1)
  bench.queue.report(bench.succeeded(0))
  bench.queue.report(bench.started(0, 2))
  await bench.quiet()
  t.is(bench.status(0), 'queued', 'it has not started, and there is no second attempt')
  bench.succeed(0)
  await bench.takes(2)
  const before = bench.commits.length
  for (const report of [bench.started(0), bench.failed(0), bench.failed(1, { attempt: 9 })]) bench.queue.report(report)
  await bench.quiet()
  t.deepEqual([bench.status(0), bench.commits.length], ['succeeded', before])
  bench.succeed(1)
  await ended
  t.is(bench.phase, 'succeeded')
})

test('a late report of a failure does not hold the build’s orders back for ever', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 1, failuresMax: 0 })
  const ended = bench.run()
  await bench.takes(1)
  bench.succeed(0)
  await bench.takes(2)
  bench.queue.report(bench.failed(0))
  await bench.quiet()
  bench.succeed(1)
  await bench.takes(3)
  bench.coordinator.cancel('interrupted')
  await ended
  t.is(bench.status(0), 'succeeded')
})

test('long and binary output is attached, and short text stands in the event', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 3 })
  const ended = bench.run()
  await bench.takes(3)
  const [long, binary] = [Buffer.alloc(5000, 'words '), Buffer.of(0, 255, 254)]
  bench.succeed(0, { output: long })
  bench.succeed(1, { output: Buffer.from('short'), outputBytesDropped: 7 })
  bench.succeed(2, { output: binary })
  await bench.takes(6)
  const outputs = (await bench.stored()).flatMap((event) =>
    event.type === 'task-succeeded' ? [[event.task, event.output] as const] : [],
  )
  t.deepEqual(
    new Map<number, unknown>(outputs.sort()),
    new Map<number, unknown>([
      [0, { attachment: digestOf(long) }],
      [1, { text: 'short', bytesDropped: 7 }],
      [2, { attachment: digestOf(binary) }],
    ]),
  )
  t.deepEqual(Buffer.from(await bench.log.attachment(digestOf(long))), long)
  bench.coordinator.cancel('interrupted')
  await ended
})

test('after a failure with long output the build goes on as far as it may', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 1, failuresMax: 0 })
  const ended = bench.run()
  await bench.takes(1)
  bench.fail(0, { output: Buffer.alloc(5000, 'words ') })
  await bench.takes(2)
  t.is(bench.status(0), 'failed')
  bench.coordinator.cancel('interrupted')
  await ended
})

test('file versions are listed in the order of their numbers, also when outputs have to be attached meanwhile', async (t) => {
  for (let turns = 0; turns < 8; turns++) {
    const bench = new CoordinatorBench(wide, { slots: 2 })
    const ended = bench.run()
    await bench.takes(2)
    bench.succeed(0, { output: Buffer.alloc(5000, 'words ') })
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    bench.succeed(1)
    await bench.takes(4)
    const events = await bench.stored()
    const versions = events.flatMap((event) => (event.type === 'files-digested' ? event.files : []))
    for (const event of events)
      if (event.type === 'task-succeeded') {
        const expected = [`t${event.task}`, digestOf(`made by ${event.task}`)] as const
        t.deepEqual(versions[event.outputs[0]!], expected, `${turns} turns`)
      }
    bench.coordinator.cancel('interrupted')
    await ended
  }
})
