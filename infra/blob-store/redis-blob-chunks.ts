import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Digest, digestBytes } from '../../events/digest.ts'
import { pack, unpack } from '../redis/packed-value.ts'
import type { RedisValues } from '../redis/redis-values.ts'
import {
  blobKey,
  bytesOfChunk,
  chunkBytes,
  chunkCount,
  chunkKey,
  chunkKeys,
  decodeManifest,
  encodeManifest,
} from './redis-blob-keys.ts'

/** Chunks of one content that are on their way: enough to keep a line busy, and all the memory that it takes. */
const chunksAtOnce = 4

/**
 * Writes the chunks, then the manifest. False, and nothing of it stays, when the pieces (of {@link chunkBytes} each but for
 * the last one) are not what the digest says.
 */
export async function writeChunks(
  values: RedisValues,
  digest: Digest,
  pieces: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const sha256 = createHash('sha256')
  let [bytes, count, storedBytes] = [0, 0, 0]
  const writes: Promise<void>[] = []
  const write = async (key: string, piece: Uint8Array) => {
    const value = await pack(piece)
    storedBytes += value.byteLength
    await values.write(key, value)
  }
  try {
    for await (const piece of pieces) {
      bytes += piece.byteLength
      if (bytes > digestBytes(digest)) break
      sha256.update(piece)
      if (writes.length >= chunksAtOnce) await writes.shift()
      writes.push(settledLater(write(chunkKey(digest, count++), piece)))
    }
    await Promise.all(writes)
  } finally {
    await Promise.allSettled(writes)
  }
  if (bytes === digestBytes(digest) && sha256.digest('hex') === digest.slice(0, 64))
    return values.write(blobKey(digest), encodeManifest(storedBytes))
  await values.remove(Array.from({ length: count }, (_, i) => chunkKey(digest, i)))
  return false
}

/**
 * Gives the chunks to `take` in their order. False when there is no such content, or a chunk is missing or damaged, or all
 * are another content; what is left of it is then removed.
 */
export async function readChunks(
  values: RedisValues,
  digest: Digest,
  take: (piece: Buffer, at: number) => void | Promise<void>,
): Promise<boolean> {
  const manifest = await values.read(blobKey(digest))
  // Its chunks, if there are any, are those of a writer who goes on.
  if (manifest === null) return false
  const isWhole = decodeManifest(manifest) !== null && (await readAllChunks(values, digest, take))
  if (!isWhole) await dropChunked(values, digest)
  return isWhole
}

async function readAllChunks(
  values: RedisValues,
  digest: Digest,
  take: (piece: Buffer, at: number) => void | Promise<void>,
): Promise<boolean> {
  const sha256 = createHash('sha256')
  const count = chunkCount(digest)
  const ahead: Promise<Buffer | null>[] = []
  try {
    for (let index = 0, next = 0; index < count; index++) {
      while (next < count && ahead.length < chunksAtOnce) ahead.push(settledLater(readChunk(values, digest, next++)))
      const piece = await ahead.shift()
      if (!piece) return false
      sha256.update(piece)
      await take(piece, index * chunkBytes)
    }
  } finally {
    await Promise.allSettled(ahead)
  }
  return sha256.digest('hex') === digest.slice(0, 64)
}

/** Returns whether its manifest was there. */
export async function dropChunked(values: RedisValues, digest: Digest): Promise<boolean> {
  if ((await values.remove([blobKey(digest)])) === 0) return false
  await values.remove(chunkKeys(digest))
  return true
}

/** Whether all chunks are there; that uses them. */
export async function touchChunks(values: RedisValues, digest: Digest): Promise<boolean> {
  const there = await Promise.all(chunkKeys(digest).map((key) => values.touch(key)))
  return there.every((isThere) => isThere)
}

async function readChunk(values: RedisValues, digest: Digest, index: number): Promise<Buffer | null> {
  const bytes = bytesOfChunk(digest, index)
  const value = await values.read(chunkKey(digest, index), bytes)
  const piece = value && (await unpack(value, bytes))
  return piece?.byteLength === bytes ? piece : null
}

/** A content as chunks. */
export async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < content.byteLength; at += chunkBytes) yield content.subarray(at, at + chunkBytes)
}

/** What a file holds as chunks, read at most to one byte beyond `bytesMax`; less when it can't be read. */
export async function* chunksOfFile(path: string, bytesMax: number): AsyncGenerator<Uint8Array, void> {
  const file = await open(path).catch(() => null)
  if (file === null) return
  try {
    for (let at = 0; at <= bytesMax; at += chunkBytes) {
      const piece = await readPiece(file, Math.min(chunkBytes, bytesMax + 1 - at), at)
      if (piece.byteLength > 0) yield piece
      if (piece.byteLength < chunkBytes) return
    }
  } finally {
    await file.close()
  }
}

async function readPiece(file: FileHandle, bytesMax: number, at: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(bytesMax)
  let bytes = 0
  while (bytes < bytesMax) {
    // A directory, or a disk that fails.
    const read = await file.read(piece, bytes, bytesMax - bytes, at + bytes).catch(() => ({ bytesRead: 0 }))
    if (read.bytesRead === 0) break
    bytes += read.bytesRead
  }
  return piece.subarray(0, bytes)
}

/** The promise, whose rejection nobody may look at for a while. */
function settledLater<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}
