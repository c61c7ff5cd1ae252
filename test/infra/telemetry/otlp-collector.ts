import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A span as OTLP's JSON has it, as far as tests look at it. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
  readonly events: readonly { readonly name: string }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

/** All spans of a request to export them. */
export function spansIn(text: string): ReceivedSpan[] {
  const request = JSON.parse(text) as {
    readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[] }[]
  }
  return request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}

/** A server that takes spans as a collector does, by OTLP over HTTP in JSON. It is gone after the test. */
export class OtlpCollector {
  readonly spans: ReceivedSpan[] = []
  /** Size of each request, in spans. */
  readonly requests: number[] = []
  /** What it answers from now on. */
  status = 200
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const text = await bodyOf(request)
      const isTraces = request.method === 'POST' && request.url === '/v1/traces'
      if (isTraces && this.status === 200) {
        const spans = spansIn(text)
        this.requests.push(spans.length)
        this.spans.push(...spans)
      }
      response.writeHead(isTraces ? this.status : 404, { 'content-type': 'application/json' }).end('{}')
    })
  }

  static async start(t: ExecutionContext): Promise<OtlpCollector> {
    const collector = new OtlpCollector()
    collector.#server.listen(0, '127.0.0.1')
    await once(collector.#server, 'listening')
    t.teardown(() => {
      collector.#server.closeAllConnections()
      collector.#server.close()
    })
    return collector
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}
