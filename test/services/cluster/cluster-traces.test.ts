import test from 'ava'
import { traceIdOf, traceparentOf } from '../../../events/trace-context.ts'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { OtlpCollector, type ReceivedSpan, spansIn } from '../../infra/telemetry/otlp-collector.ts'
import { Cluster } from '../../rig/cluster.ts'
import { newestBuild } from '../../rig/cluster-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

const graph = {
  tasks: ['a', 'b', 'c'].map((id, i) => ({
    id,
    command: `echo ${id} > out-${id}`,
    outputs: [`out-${id}`],
    ...(i === 0 ? {} : { depends_on: ['a'] }),
  })),
}
const phases = ['fetch', 'queue', 'run', 'store']

/** What two tellings of a span must have in common. */
const gist = ({ traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano }: ReceivedSpan) =>
  [spanId, traceId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano].join(' ')

const rootOf = (spans: readonly ReceivedSpan[]) => spans.find(({ parentSpanId }) => parentSpanId === undefined)
const namesBelow = (spans: readonly ReceivedSpan[], parent: ReceivedSpan | undefined) =>
  spans.flatMap(({ parentSpanId, name }) => (parentSpanId === parent?.spanId ? [name] : [])).sort()

test('a build is one trace: a span for each task, its phases below, the same as its log tells afterwards', async (t) => {
  const collector = await OtlpCollector.start(t)
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  const cluster = await Cluster.start(t, { workers: 1, variables })
  const rig = new MillraceRig(t, { 'millrace.json': JSON.stringify(graph) })
  rig.variables = cluster.variables

  const connection = await connectNats({ servers: cluster.nats.url, name: 'test' })
  t.teardown(() => connection.close())
  const traceparents: string[] = []
  connection.subscribe('millrace.tasks.>', {
    callback: (_, message) => {
      traceparents.push(message.headers?.get('traceparent') ?? '')
    },
  })
  await connection.flush()

  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 0, run.stdout + run.stderr)
  const { buildId } = await newestBuild(cluster)
  await until('the trace has arrived', () => rootOf(collector.spans) !== undefined)

  const { spans } = collector
  t.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [traceIdOf(buildId)])
  t.is(spans.length, 1 + 3 + 3 * phases.length)
  t.deepEqual(namesBelow(spans, rootOf(spans)), ['a', 'b', 'c'])
  for (const name of ['a', 'b', 'c'])
    t.deepEqual(
      namesBelow(
        spans,
        spans.find((span) => span.name === name),
      ),
      phases,
    )
  t.deepEqual(traceparents.sort(), [0, 1, 2].map((task) => traceparentOf(buildId, task, 1)).sort())

  const replayed = rig.millrace(['replay', '--cluster', '--export', 'otlp'])
  t.is(replayed.code, 0, replayed.stderr)
  t.deepEqual(spansIn(replayed.stdout).map(gist).sort(), spans.map(gist).sort())

  await cluster.coordinators[0]!.end('SIGTERM')
  const lines = cluster.coordinators[0]!.printed.split('\n').filter((line) => line.includes(buildId))
  t.true(lines.length > 0)
  for (const line of lines) t.is(JSON.parse(line).trace_id, traceIdOf(buildId))
})

test('a build that another coordinator takes over stays one trace, without a span less', async (t) => {
  const collector = await OtlpCollector.start(t)
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  const cluster = await Cluster.start(t, { coordinators: 2, workers: 1, slots: 1, variables })
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const tasks = ids.map((id) => ({ id, command: `sleep 0.3; echo ${id} > out-${id}`, outputs: [`out-${id}`] }))
  const rig = new MillraceRig(t, { 'millrace.json': JSON.stringify({ tasks }) })
  rig.variables = cluster.variables
  const { run } = rig.start(t, ['build', '--cluster'])
  await until(
    'tasks have ended',
    async () => (await newestBuild(cluster)).events.filter(({ type }) => type === 'task-succeeded').length >= 2,
    60_000,
  )
  // One of the two owns it.
  await cluster.coordinators[0]!.end('SIGTERM')
  await cluster.addCoordinator()
  await cluster.coordinators[1]!.end('SIGTERM')
  const { code, stdout, stderr } = await run
  t.is(code, 0, stdout + stderr)
  const { epochs } = await newestBuild(cluster)
  t.true(Math.max(...epochs) >= 2, 'another replica went on')
  await until('the trace has arrived', () => rootOf(collector.spans) !== undefined)

  const spans = new Map(collector.spans.map((span) => [span.spanId, span]))
  const replayed = rig.millrace(['replay', '--cluster', '--export', 'otlp'])
  t.deepEqual(spansIn(replayed.stdout).map(gist).sort(), [...spans.values()].map(gist).sort())
  t.true(rootOf(collector.spans)!.events.some(({ name }) => name === 'build-taken-over'))
})
