import { posix } from 'node:path'
import type { BuildRequest } from '../../../events/build-events.ts'
import { type BuildRequestForm, buildRequestForm } from '../../../events/build-request-form.ts'
import type { Digest } from '../../../events/digest.ts'
import type { BuildSource } from '../../../events/remote-request.ts'
import { MerkleTree } from '../../../infra/input-tree/input-tree.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { formatGraphError } from '../../../machines/graph/build-graph.ts'
import { type JsonDocumentForm, parseJsonDocument } from '../../../machines/graph/json/document.ts'
import { readJsonGraph } from '../../../machines/graph/json/read-json-graph.ts'
import { readerOf } from '../read-graph.ts'

/** Where sources lie that have no place of their own. */
const sourcesDirectory = '/millrace/source'

export interface RequestSurroundings {
  readonly project: string
  /** ms since 1970. */
  readonly now: number
  /** Stores the graph of a request that holds one. */
  readonly attachGraph: (graph: BuildGraph) => Promise<Digest>
}

export type ReadRequest =
  | { readonly ok: true; readonly request: BuildRequest; readonly id?: string }
  | { readonly ok: false; readonly message: string }

/** Turns what a client has published into a request for a build. The message of what can't be one is a line with its place. */
export async function readRequest(body: Uint8Array, surroundings: RequestSurroundings): Promise<ReadRequest> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  const document = parseJsonDocument('request', text, form)
  if (!document.ok) return refusal(formatGraphError(document.error))
  const asked = document.value
  const { source } = asked
  if (source === undefined && asked.prepare !== undefined) return refusal('request: prepare needs a source to run in')
  if (source === undefined && typeof asked.graph !== 'object')
    return refusal('request: give a source that has the graph, or the graph itself')
  const roots = source !== undefined && 'snapshot' in source ? source.roots : [sourcesDirectory]
  const directory = posix.resolve(roots[0]!, asked.directory ?? '.')
  if (!roots.some((root) => directory === root || directory.startsWith(`${root}/`)))
    return refusal(`request: directory ${directory} lies outside of ${roots.join(' and ')}`)
  const graph = await inlineGraph(asked, surroundings)
  if (graph !== undefined && !graph.ok) return graph
  const file = typeof asked.graph === 'string' ? asked.graph : ''
  return {
    ok: true,
    ...(asked.id === undefined ? {} : { id: asked.id }),
    request: {
      directory,
      reader: graph === undefined ? readerOf(file) : 'json',
      file,
      targets: asked.targets ?? [],
      failuresMax: asked.failuresMax ?? 1,
      policy: asked.policy ?? 'critical-path',
      roots: [...new Set([directory, ...roots])].slice(0, 2),
      remote: {
        project: surroundings.project,
        source: sourceOf(asked),
        ...(asked.prepare === undefined ? {} : { prepare: asked.prepare }),
        ...(graph === undefined ? {} : { graph: graph.digest }),
        environment: asked.environment ?? {},
        pool: asked.pool ?? 'default',
        priority: asked.priority ?? 0,
        ...(asked.deadlineMs === undefined ? {} : { deadlineAt: surroundings.now + asked.deadlineMs }),
        ...(asked.client === undefined ? {} : { client: asked.client }),
      },
    },
  }
}

function sourceOf({ source }: BuildRequestForm): BuildSource {
  if (source === undefined) return { snapshot: MerkleTree.empty.digest }
  return 'snapshot' in source ? { snapshot: source.snapshot } : { git: { ...source.git } }
}

type InlineGraph =
  | { readonly ok: true; readonly digest: Digest }
  | { readonly ok: false; readonly message: string }
  | undefined

async function inlineGraph({ graph }: BuildRequestForm, { attachGraph }: RequestSurroundings): Promise<InlineGraph> {
  if (typeof graph !== 'object') return undefined
  const result = readJsonGraph({ file: 'graph of the request', text: JSON.stringify(graph) })
  if (!result.ok) return refusal(formatGraphError(result.error))
  return { ok: true, digest: await attachGraph(result.graph) }
}

function refusal(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message }
}

const form: JsonDocumentForm<BuildRequestForm> = {
  shape: buildRequestForm,
  name: 'the request',
  describe: (path) => ({ subject: '', property: path }),
  propertyNames: (path) => (path.length === 0 ? Object.keys(buildRequestForm.shape) : []),
}
