import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { headers } from '@nats-io/transport-node'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { isWrongLastSequence } from '../nats/nats-error.ts'
import { AttachmentDamage } from './event-log.ts'
import { answered, type JetStreamAccess } from './jetstream-access.ts'

/** Part of the format: a chunk is named by its number. Half of what a server takes in one message by default. */
const chunkBytes = 512 * 1024
/** Chunks that are on their way at once. */
const chunksAtOnce = 4
const codecHeader = 'Millrace-Codec'
/** As for SQLite's attachments. */
const zstdLevel = 1

/**
 * The attachments of a JetStream event log: chunks of 512 KiB, each a message on a subject of its own, compressed for
 * itself where that makes it smaller. Chunk 0 is stored last, so where it is the others are. Who stores the same content
 * again, or at the same time, stores the same chunks.
 */
export class JetStreamAttachments {
  readonly #access: JetStreamAccess

  constructor(access: JetStreamAccess) {
    this.#access = access
  }

  async add(content: Uint8Array): Promise<Digest> {
    const digest = digestOf(content)
    if (await this.has(digest)) return digest
    // The caller may change its bytes meanwhile.
    const bytes = Uint8Array.from(content)
    await eachChunk(chunkCount(bytes.byteLength), 1, (chunk) => this.#put(digest, chunk, bytes))
    await this.#put(digest, 0, bytes)
    return digest
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#chunk(digest, 0)) !== undefined
  }

  /** Rejects with {@link AttachmentDamage} when it is missing or is not what its digest says. */
  async get(digest: Digest): Promise<Uint8Array> {
    const count = chunkCount(digestBytes(digest))
    const chunks: Uint8Array[] = []
    await eachChunk(count, 0, async (chunk) => {
      const bytes = await this.#chunk(digest, chunk)
      if (bytes === undefined)
        throw new AttachmentDamage(`attachment ${digest} is missing${chunk === 0 ? '' : ` from chunk ${chunk} on`}`)
      if (bytes !== null) chunks[chunk] = bytes
    })
    const content = Buffer.concat(chunks.filter((chunk) => chunk !== undefined))
    if (digestOf(content) !== digest) throw new AttachmentDamage(`attachment ${digest} is not what was stored`)
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
  }

  async #put(digest: Digest, chunk: number, content: Uint8Array): Promise<void> {
    const plain = content.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    const compressed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } })
    const isSmaller = compressed.byteLength < plain.byteLength
    const described = headers()
    described.set(codecHeader, isSmaller ? 'zstd' : 'identity')
    await answered(this.#access, async () => {
      const options = { headers: described, expect: { lastSubjectSequence: 0 } }
      try {
        await this.#access.client.publish(this.#subject(digest, chunk), isSmaller ? compressed : plain, options)
      } catch (error) {
        if (!isWrongLastSequence(error)) throw error
      }
    })
  }

  /** Undefined: missing; null: unreadable. */
  async #chunk(digest: Digest, chunk: number): Promise<Uint8Array | null | undefined> {
    const { manager, streams } = this.#access
    const query = { last_by_subj: this.#subject(digest, chunk) }
    const stored = await answered(
      this.#access,
      // Any copy may answer the first question; one that lags lacks it still.
      async () =>
        (await manager.direct.getMessage(streams.attachments.name, query)) ??
        (await manager.streams.getMessage(streams.attachments.name, query)),
    )
    if (stored === null) return undefined
    return stored.header?.get(codecHeader) === 'zstd' ? decompressed(stored.data) : stored.data
  }

  #subject(digest: Digest, chunk: number): string {
    return `${this.#access.prefix}.attachments.${digest.replace('/', '-')}.${chunk}`
  }
}

/** An empty content has one chunk too. */
function chunkCount(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes))
}

async function eachChunk(count: number, first: number, work: (chunk: number) => Promise<void>): Promise<void> {
  for (let from = first; from < count; from += chunksAtOnce) {
    const together = Math.min(chunksAtOnce, count - from)
    await Promise.all(Array.from({ length: together }, (_, i) => work(from + i)))
  }
}

/** Null for bytes that zstd did not write, or that become larger than a chunk. */
function decompressed(bytes: Uint8Array): Uint8Array | null {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: chunkBytes })
  } catch {
    return null
  }
}
