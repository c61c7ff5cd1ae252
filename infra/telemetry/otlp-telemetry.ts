import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { BuildId } from '../../events/build-id.ts'
import type { BuildSpan } from '../../events/build-span.ts'
import { BuildTrace, type TaskName } from '../../events/build-trace.ts'
import type { Commit } from '../../events/commit.ts'
import { type ReadableSpan, readableSpan, type SpanSource, spanSource } from './readable-span.ts'
import type { Telemetry } from './telemetry.ts'

export interface OtlpTelemetryOptions {
  /** Address of a collector, e.g. `http://127.0.0.1:4318`. */
  readonly endpoint: string
  /** Of this release. */
  readonly version: string
  /** `OTEL_SERVICE_NAME`; absent: millrace. */
  readonly serviceName?: string | undefined
  /** Told once, in one line, when spans can't be sent; and again after it has worked in between. */
  readonly onTrouble: (line: string) => void
}

/** As the SDK's own processor: spans of one request, and how long one waits for others, in ms. */
const batchSpansMax = 512
const gatherMs = 1_000
/** So many wait while the endpoint is slow; about 60 MB. What comes on top is left out. */
const waitingSpansMax = 50_000

/**
 * Spans of builds to a collector, by OTLP over HTTP, in JSON. The exporter heeds the other `OTEL_EXPORTER_OTLP_*` variables
 * (headers, timeout, compression, certificates).
 */
export class OtlpTelemetry implements Telemetry {
  readonly #options: OtlpTelemetryOptions
  readonly #exporter: OTLPTraceExporter
  readonly #source: SpanSource
  readonly #traces = new Map<BuildId, BuildTrace>()
  #waiting: BuildSpan[] = []
  #sending: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isInTrouble = false
  #isClosed = false

  constructor(options: OtlpTelemetryOptions) {
    this.#options = options
    this.#exporter = new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces` })
    this.#source = spanSource(options.serviceName || 'millrace', options.version)
  }

  commit(commit: Commit, taskName: TaskName): void {
    const { buildId, version } = commit
    if (version === 1) this.#traces.set(buildId, new BuildTrace())
    for (const span of this.#traces.get(buildId)?.advance(commit, taskName) ?? []) this.#add(span)
  }

  forget(buildId: BuildId): void {
    this.#traces.delete(buildId)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#sending
    while (this.#waiting.length > 0) {
      await this.#sendBatch()
      if (this.#isInTrouble) break
    }
    await this.#exporter.shutdown()
  }

  #add(span: BuildSpan): void {
    if (this.#waiting.length >= waitingSpansMax) {
      this.#trouble('the endpoint takes them too slowly')
      return
    }
    this.#waiting.push(span)
    if (this.#isClosed || this.#sending !== undefined) return
    if (this.#waiting.length >= batchSpansMax) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), gatherMs).unref()
  }

  /** One request after the other, until few are left. */
  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending = this.#sendBatch().finally(() => {
      this.#sending = undefined
      if (this.#isClosed || this.#waiting.length === 0) return
      if (this.#waiting.length >= batchSpansMax) this.#send()
      else this.#timer = setTimeout(() => this.#send(), gatherMs).unref()
    })
  }

  async #sendBatch(): Promise<void> {
    const spans = this.#waiting.splice(0, batchSpansMax).map((span) => readableSpan(span, this.#source))
    try {
      await this.#export(spans)
      this.#isInTrouble = false
    } catch (error) {
      this.#trouble(error instanceof Error ? error.message : String(error))
    }
  }

  #export(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exporter.export(spans, ({ code, error }) => {
        if (code === 0) resolve()
        else reject(error ?? new Error('the endpoint refuses them'))
      })
    })
  }

  #trouble(why: string): void {
    if (this.#isInTrouble) return
    this.#isInTrouble = true
    this.#options.onTrouble(
      `traces can't be sent to ${this.#options.endpoint}: ${why.split('\n')[0]}; look at OTEL_EXPORTER_OTLP_ENDPOINT. Builds go on, and millrace replay --export otlp tells what is missing`,
    )
  }
}
