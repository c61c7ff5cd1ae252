import assert from 'node:assert'
import { type Digest, digestBytes } from '../../events/digest.ts'

/**
 * Contents beyond this size are chunks of this size, so that a large one stops nobody: the server sends a chunk in 0.5 ms. A
 * new value needs new prefixes.
 */
export const chunkBytes = 1024 * 1024

export const blobPrefix = 'millrace:blob:'
const chunkPrefix = 'millrace:chunk:'

/** Of the packed content, or of the manifest of one in chunks. */
export function blobKey(digest: Digest): string {
  assert(/^[0-9a-f]{64}\/\d{1,15}$/.test(digest), `${JSON.stringify(digest)} is no digest`)
  return `${blobPrefix}${digest.replace('/', ':')}`
}

/** Undefined for a key of something else. */
export function digestOfKey(key: string): Digest | undefined {
  const match = /^([0-9a-f]{64}):(\d{1,15})$/.exec(key.slice(blobPrefix.length))
  return match === null ? undefined : `${match[1]}/${match[2]}`
}

export function isChunked(digest: Digest): boolean {
  return digestBytes(digest) > chunkBytes
}

export function chunkCount(digest: Digest): number {
  return Math.ceil(digestBytes(digest) / chunkBytes)
}

export function chunkKey(digest: Digest, index: number): string {
  return `${chunkPrefix}${digest.replace('/', ':')}:${index}`
}

/** None for a content that is not in chunks. */
export function chunkKeys(digest: Digest): readonly string[] {
  return isChunked(digest) ? Array.from({ length: chunkCount(digest) }, (_, i) => chunkKey(digest, i)) : []
}

/** How many bytes of content a chunk has. */
export function bytesOfChunk(digest: Digest, index: number): number {
  return Math.min(chunkBytes, digestBytes(digest) - index * chunkBytes)
}

const manifestForm = 2

/** Written when all chunks are: says what they take in the server. */
export function encodeManifest(storedBytes: number): Buffer {
  const manifest = Buffer.alloc(9, manifestForm)
  manifest.writeDoubleBE(storedBytes, 1)
  return manifest
}

/** What the chunks take; null for what is no manifest. */
export function decodeManifest(value: Buffer): number | null {
  return value.byteLength === 9 && value[0] === manifestForm ? value.readDoubleBE(1) : null
}
