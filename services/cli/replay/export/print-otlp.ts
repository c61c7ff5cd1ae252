import type { PacedOutput } from '../../paced-output.ts'
import { version } from '../../version.ts'
import type { ReplayedBuild } from '../replayed-build.ts'
import { buildSpans } from './build-spans.ts'
import { keyValues, otlpSpan } from './otlp-span.ts'

/**
 * Prints a build's spans as one request to export them (OTLP, ExportTraceServiceRequest, in JSON): what a collector takes on
 * `/v1/traces`.
 */
export async function printOtlp(build: ReplayedBuild, out: PacedOutput): Promise<void> {
  const resource = { attributes: keyValues({ 'service.name': 'millrace', 'service.version': version }) }
  const scope = { name: 'millrace', version }
  out.write(
    `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[`,
  )
  let separator = '\n'
  for await (const spans of buildSpans(build)) {
    for (const span of spans) {
      out.write(`${separator}${JSON.stringify(otlpSpan(span))}`)
      separator = ',\n'
    }
    await out.room()
    if (out.isClosed) return
  }
  out.line('\n]}]}]}')
}
