import type { AttemptFailed, TaskReport } from '../../events/task-report.ts'
import { isAttempt, packed, unpacked } from './jetstream-body.ts'

/** A report as part of a message: its JSON, in which `output` is the number of bytes that follow, and those bytes. */
export interface EncodedReport {
  readonly json: Buffer
  readonly output: Uint8Array
}

const nothing = new Uint8Array()
/** Brackets, comma and line feed around a report that is alone in its message, in bytes. */
const frameBytes = 4

/**
 * A report in a form that fits into a message of its own. Where it does not fit otherwise, what the command printed loses its
 * middle; and if that is not enough, the attempt counts as failed for the reason that nobody can be told its result.
 */
export function encodeReport(report: TaskReport, bytesMax: number): EncodedReport {
  const whole = encode(report)
  if (report.type === 'attempt-started' || fits(whole, bytesMax)) return whole
  const { output } = report
  const without = encode(withOutput(report, nothing))
  // Some digits more in the two numbers of bytes.
  const room = bytesMax - without.json.length - frameBytes - 32
  if (room >= 0) {
    const head = output.subarray(0, Math.ceil(room / 2))
    const tail = output.subarray(output.length - Math.floor(room / 2))
    return encode(withOutput(report, Buffer.concat([head, tail])))
  }
  return fits(without, bytesMax) ? without : encode(unsendable(report, without.json.length, bytesMax))
}

export function encodedBytes({ json, output }: EncodedReport): number {
  return json.length + output.length + frameBytes
}

/** One message: a JSON array on one line, then the outputs one after another; all of it in zstd when it is large. */
export function encodeBatch(reports: readonly EncodedReport[]): Buffer {
  const parts: Uint8Array[] = []
  for (const { json } of reports) parts.push(parts.length === 0 ? open : comma, json)
  parts.push(close, ...reports.map(({ output }) => output))
  return packed(Buffer.concat(parts))
}

const open = Buffer.from('[')
const comma = Buffer.from(',')
const close = Buffer.from(']\n')

/** `undefined`: it is no message of reports. */
export function decodeBatch(message: Uint8Array): readonly TaskReport[] | undefined {
  try {
    const body = unpacked(message)
    const line = body.indexOf('\n')
    const raw: unknown = JSON.parse(body.toString('utf8', 0, line))
    if (!Array.isArray(raw) || !raw.every(isAttempt)) return undefined
    let at = line + 1
    return raw.map((report: unknown) => {
      const { output: bytes } = report as { readonly output?: number }
      if (bytes === undefined) return report as TaskReport
      const output = Uint8Array.from(body.subarray(at, at + bytes))
      at += bytes
      return { ...(report as TaskReport), output } as TaskReport
    })
  } catch {
    return undefined
  }
}

type EndReport = Exclude<TaskReport, { type: 'attempt-started' }>

function encode(report: TaskReport): EncodedReport {
  if (report.type === 'attempt-started') return { json: Buffer.from(JSON.stringify(report)), output: nothing }
  const { output } = report
  return { json: Buffer.from(JSON.stringify({ ...report, output: output.length })), output }
}

function fits(encoded: EncodedReport, bytesMax: number): boolean {
  return encodedBytes(encoded) <= bytesMax || encodeBatch([encoded]).length <= bytesMax
}

function withOutput(report: EndReport, output: Uint8Array): EndReport {
  const dropped = report.output.length - output.length
  return { ...report, output, outputBytesDropped: report.outputBytesDropped + dropped }
}

function unsendable(report: EndReport, bytes: number, bytesMax: number): AttemptFailed {
  const { buildId, task, attempt, worker, at, phases, output, outputBytesDropped } = report
  const message = `its report has ${bytes} bytes and NATS takes ${bytesMax}; raise max_payload in the server's configuration`
  const dropped = outputBytesDropped + output.length
  return {
    ...{ type: 'attempt-failed', buildId, task, attempt, worker, at, phases, output: nothing },
    outputBytesDropped: dropped,
    failure: { kind: 'infrastructure', message },
  }
}
