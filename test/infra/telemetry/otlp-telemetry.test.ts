import test from 'ava'
import type { BuildEvent } from '../../../events/build-events.ts'
import { traceOf } from '../../../events/build-trace.ts'
import { type Commit, chainStart } from '../../../events/commit.ts'
import { digestOf } from '../../../events/digest.ts'
import { OtlpTelemetry } from '../../../infra/telemetry/otlp-telemetry.ts'
import { freePort } from '../../rig/free-port.ts'
import { until } from '../../rig/until.ts'
import { OtlpCollector } from './otlp-collector.ts'

const buildId = '01j00000000000000000000000'
const taskName = (task: number) => `t${task}`
const counts = { total: 0, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }

/** A build of tasks that all came from the cache: a span for each, and one more. */
function commitsOf(tasks: number): Commit[] {
  const request = { directory: '/src', reader: 'json', file: 'g', targets: ['a', 'b'], failuresMax: 1 } as const
  const all: BuildEvent[] = Array.from({ length: tasks }, (_, task) => ({
    type: 'task-cached',
    task,
    command: digestOf('command'),
    inputs: [],
    reason: { kind: 'no-record' },
    action: 'a',
    discovered: [],
    outputs: [],
    origin: { build: '01j00000000000000000000001', worker: 'w', at: 1, runMs: 1 },
  }))
  const requested: BuildEvent = {
    type: 'build-requested',
    request: { ...request, policy: 'fifo' },
    requester: { host: 'host', pid: 1, version: '0.1.0' },
  }
  return [[requested], all, [{ type: 'build-failed', counts, message: 'no' }] satisfies BuildEvent[]].map(
    (events, i) => ({
      v: 2,
      buildId,
      version: i + 1,
      epoch: 1,
      prev: chainStart,
      at: 1_700_000_000_000.25 + i,
      events,
    }),
  )
}

function telemetryTo(endpoint: string): { readonly telemetry: OtlpTelemetry; readonly lines: string[] } {
  const lines: string[] = []
  return { telemetry: new OtlpTelemetry({ endpoint, version: '0.1.0', onTrouble: (line) => lines.push(line) }), lines }
}

test('spans arrive as they are, the last ones before the telemetry is closed', async (t) => {
  const collector = await OtlpCollector.start(t)
  const { telemetry, lines } = telemetryTo(`${collector.endpoint}/`)
  const commits = commitsOf(2)
  for (const commit of commits) telemetry.commit(commit, taskName)
  telemetry.forget(buildId)
  await telemetry.close()
  t.deepEqual(lines, [])
  t.deepEqual(
    collector.spans.map(({ traceId, spanId, parentSpanId, name }) => [traceId, spanId, parentSpanId, name]),
    traceOf(commits, taskName).map(({ traceId, spanId, parentSpanId, name }) => [traceId, spanId, parentSpanId, name]),
  )
  const root = collector.spans.at(-1)!
  t.is(root.startTimeUnixNano, '1700000000000250000')
  t.is(root.endTimeUnixNano, '1700000000002250000')
  t.deepEqual(root.status, { code: 2, message: 'no' })
  t.deepEqual(root.attributes.find(({ key }) => key === 'millrace.targets')?.value, {
    arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] },
  })
})

test('many spans go in several requests, and none waits for the end of its build', async (t) => {
  const collector = await OtlpCollector.start(t)
  const { telemetry } = telemetryTo(collector.endpoint)
  const [requested, cached] = commitsOf(1_300)
  telemetry.commit(requested!, taskName)
  telemetry.commit(cached!, taskName)
  await until('all have arrived', () => collector.spans.length === 1_300)
  t.deepEqual(collector.requests, [512, 512, 276])
  await telemetry.close()
})

test('an endpoint that is away or refuses is told of once, and harms nobody', async (t) => {
  const collector = await OtlpCollector.start(t)
  collector.status = 400
  const { telemetry, lines } = telemetryTo(collector.endpoint)
  for (const commit of commitsOf(600)) telemetry.commit(commit, taskName)
  await until('it is noticed', () => lines.length > 0)
  await telemetry.close()
  t.is(lines.length, 1)
  t.regex(lines[0]!, /^traces can't be sent to http:.*; look at OTEL_EXPORTER_OTLP_ENDPOINT\./)

  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '500'
  const away = telemetryTo(`http://127.0.0.1:${await freePort()}`)
  for (const commit of commitsOf(1)) away.telemetry.commit(commit, taskName)
  await away.telemetry.close()
  t.regex(away.lines.join('\n'), /^traces can't be sent to .*ECONNREFUSED.*$/)
})

test('a build that was told of from the first commit again is sent again', async (t) => {
  const collector = await OtlpCollector.start(t)
  const { telemetry } = telemetryTo(collector.endpoint)
  const commits = commitsOf(1)
  telemetry.commit(commits[0]!, taskName)
  telemetry.commit(commits[1]!, taskName)
  telemetry.forget(buildId)
  for (const commit of commits) telemetry.commit(commit, taskName)
  await telemetry.close()
  t.is(collector.spans.length, 3)
  t.is(new Set(collector.spans.map(({ spanId }) => spanId)).size, 2)
})
