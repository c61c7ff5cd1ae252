import { randomBytes } from 'node:crypto'
import test from 'ava'
import type { AttemptSucceeded, TaskReport } from '../../../events/task-report.ts'
import { decodeBatch, encodeBatch, encodeReport } from '../../../infra/task-queue/jetstream-report-batch.ts'
import { failed, started } from '../../conformance/task-queue.ts'

const bytesMax = 10_000

function succeeded(output: Uint8Array, files = 0): AttemptSucceeded {
  const digest = () => `${randomBytes(32).toString('hex')}/1`
  const { failure: _, ...end } = failed('a', 1)
  const discovered = Array.from({ length: files }, (_, i) => [`f${i}`, digest()] as const)
  return { ...end, type: 'attempt-succeeded', outputs: [], discovered, output }
}

/** As the one who reads it gets it. */
function sent(report: TaskReport): { readonly got: TaskReport; readonly bytes: number } {
  const message = encodeBatch([encodeReport(report, bytesMax)])
  return { got: decodeBatch(message)![0]!, bytes: message.length }
}

test('reports come out as they went in, small and large', (t) => {
  const large = { ...failed('b', 2), output: new Uint8Array(Buffer.from('warning: '.repeat(2_000))) }
  const all = [started('a', 1), large, { ...failed('a', 1), output: Uint8Array.of(10, 0, 93) }, started('a', 2)]
  t.deepEqual(decodeBatch(encodeBatch(all.map((report) => encodeReport(report, bytesMax)))), all)
})

test('output that does not fit loses its middle, which is counted', (t) => {
  const output = new Uint8Array(randomBytes(20_000))
  const { got, bytes } = sent({ ...succeeded(output), outputBytesDropped: 5 })
  t.true(bytes <= bytesMax && bytes > bytesMax - 200, `${bytes} bytes`)
  if (got.type !== 'attempt-succeeded') return t.fail(got.type)
  const half = Math.ceil(got.output.length / 2)
  t.deepEqual(got.output.subarray(0, half), output.subarray(0, half))
  t.deepEqual(got.output.subarray(half), output.subarray(output.length - (got.output.length - half)))
  t.is(got.outputBytesDropped, 5 + 20_000 - got.output.length)
})

test('output that fits once it is compressed stays whole', (t) => {
  const { got, bytes } = sent(succeeded(new Uint8Array(100_000)))
  t.true(bytes <= bytesMax)
  t.is('output' in got && got.output.length, 100_000)
})

test('a list of files that fits only when compressed goes without output', (t) => {
  const report = succeeded(new Uint8Array(randomBytes(9_000)), 150)
  const { got, bytes } = sent(report)
  t.true(bytes <= bytesMax)
  t.deepEqual(got, { ...report, output: new Uint8Array(), outputBytesDropped: 9_000 })
})

test('a result that fits in no message is a failed attempt that says why', (t) => {
  const { got, bytes } = sent(succeeded(new Uint8Array(10), 1_000))
  t.true(bytes <= bytesMax)
  if (got.type !== 'attempt-failed') return t.fail(got.type)
  t.is(got.failure.kind, 'infrastructure')
  t.regex(got.failure.message, /its report has \d+ bytes and NATS takes 10000; raise max_payload/)
})

test('what is no batch of reports is told apart', (t) => {
  for (const text of ['', '{', 'null\n', '[1]\n', '[{"buildId":"a"}]\n', '\x28\xb5\x2f\xfd nonsense'])
    t.is(decodeBatch(Buffer.from(text, 'latin1')), undefined, text)
})
