import type { BuildSpan } from '../../../../events/build-span.ts'
import type { PacedOutput } from '../../paced-output.ts'
import type { ReplayedBuild } from '../replayed-build.ts'
import { buildSpans } from './build-spans.ts'
import { type SlotRow, type Stretch, slotRows } from './slot-rows.ts'

/** What one attempt did on its worker: the phases behind the queue, or all of it when the worker was lost. */
interface Work extends Stretch {
  readonly task: string
  readonly parts: readonly BuildSpan[]
  readonly args: object
}

/** The process of a drawing that stands for the build itself; those of workers follow. */
const buildPid = 1

/**
 * Prints a build as a trace that chrome://tracing, Perfetto and speedscope draw: a row for each slot of each worker, and one for
 * the build, with what came from the cache as marks. Source: the Trace Event Format, in its form as an object. Times are in µs
 * since the request.
 */
export async function printChromeTrace(build: ReplayedBuild, out: PacedOutput): Promise<void> {
  const spans: BuildSpan[] = []
  for await (const more of buildSpans(build)) {
    spans.push(...more)
    if (out.isClosed) return
  }
  const works = worksOf(spans)
  const rows = slotRows(works)
  const root = spans.find(({ kind }) => kind === 'build')
  const micros = (ms: number) => Math.round((ms - (root?.startMs ?? 0)) * 1000)
  out.write(`{"otherData":${JSON.stringify({ build: build.buildId })},"displayTimeUnit":"ms","traceEvents":[`)
  let separator = '\n'
  for (const event of [...rowNames(works, rows), ...buildEvents(spans, micros), ...workEvents(works, rows, micros)]) {
    out.write(`${separator}${JSON.stringify(event)}`)
    separator = ',\n'
    await out.room()
    if (out.isClosed) return
  }
  out.line('\n]}')
}

function worksOf(spans: readonly BuildSpan[]): Work[] {
  const names = new Map(spans.flatMap(({ kind, spanId, name }) => (kind === 'task' ? [[spanId, name]] : [])))
  const attempts = new Map(spans.flatMap((span) => (span.kind === 'attempt' ? [[span.spanId, span]] : [])))
  const groups = new Map<string, BuildSpan[]>()
  for (const span of spans) {
    if (span.kind === 'build' || span.kind === 'task') continue
    const key = span.kind === 'attempt' ? span.spanId : `${span.parentSpanId} ${span.attributes['millrace.attempt']}`
    const of = attempts.has(span.parentSpanId!) ? span.parentSpanId! : key
    groups.set(of, [...(groups.get(of) ?? []), span])
  }
  return [...groups.values()].map((group) => {
    const attempt = group.find(({ kind }) => kind === 'attempt')
    const queue = group.find(({ kind }) => kind === 'queue')
    const parts = group.filter(({ kind }) => kind !== 'attempt' && kind !== 'queue')
    const [first = attempt!] = parts
    const taskSpanId = attempt?.parentSpanId ?? first.parentSpanId!
    return {
      worker: String(first.attributes['millrace.worker']),
      task: names.get(taskSpanId) ?? 'task',
      startMs: first.startMs,
      endMs: (parts.at(-1) ?? first).endMs,
      parts,
      args: {
        ...first.attributes,
        ...(queue === undefined ? {} : { queueMs: queue.endMs - queue.startMs }),
        ...(attempt?.error === undefined ? {} : { error: attempt.error }),
      },
    }
  })
}

/** Metadata events: names of workers and their rows. */
function* rowNames(works: readonly Work[], rows: readonly SlotRow[]): Generator<object> {
  yield { ph: 'M', name: 'process_name', pid: buildPid, tid: 0, args: { name: 'build' } }
  const named = new Set<string>()
  for (const [index, { worker: name }] of works.entries()) {
    const { pid, tid } = placeOf(rows[index]!)
    const first = !named.has(name)
    if (first) yield { ph: 'M', name: 'process_name', pid, tid, args: { name: `worker ${name}` } }
    if (!named.has(`${name} ${tid}`))
      yield { ph: 'M', name: 'thread_name', pid, tid, args: { name: `${name} slot ${tid}` } }
    named.add(name).add(`${name} ${tid}`)
  }
}

function* buildEvents(spans: readonly BuildSpan[], micros: (ms: number) => number): Generator<object> {
  const place = { pid: buildPid, tid: 0 }
  for (const { kind, name, startMs, endMs, attributes, events } of spans) {
    if (kind === 'build') {
      yield {
        ph: 'X',
        name,
        cat: kind,
        ...place,
        ts: micros(startMs),
        dur: micros(endMs) - micros(startMs),
        args: attributes,
      }
      for (const event of events)
        yield { ph: 'i', s: 'p', name: event.name, cat: kind, ...place, ts: micros(event.atMs), args: event.attributes }
    } else if (kind === 'task' && attributes['millrace.cache'] === 'hit')
      yield { ph: 'i', s: 't', name, cat: 'cached', ...place, ts: micros(startMs), args: attributes }
  }
}

function* workEvents(
  works: readonly Work[],
  rows: readonly SlotRow[],
  micros: (ms: number) => number,
): Generator<object> {
  const slice = (name: string, cat: string, startMs: number, endMs: number) => ({
    ph: 'X',
    name,
    cat,
    ts: micros(startMs),
    dur: micros(endMs) - micros(startMs),
  })
  for (const [index, { task, startMs, endMs, parts, args }] of works.entries()) {
    const place = placeOf(rows[index]!)
    yield { ...slice(task, 'task', startMs, endMs), ...place, args }
    for (const part of parts) yield { ...slice(part.name, 'phase', part.startMs, part.endMs), ...place, args: {} }
  }
}

function placeOf({ worker, row }: SlotRow): { readonly pid: number; readonly tid: number } {
  return { pid: buildPid + 1 + worker, tid: row + 1 }
}
