import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'

/** The first byte of a packed value. */
const form = { plain: 0, zstd: 1 } as const

/** Smaller ones save less than the time is worth. */
const compressedBytesMin = 512
/** What would keep more of its size than this stays as it is. */
const worthShare = 0.9
/** Up to this size it is done at once, in 0.3 ms; beyond, in another thread. */
const atOnceBytesMax = 128 * 1024
/** Of a larger content, three samples of this size are compressed first: most that do not pay are found so. */
const sampleBytes = 4096
/** A content up to this size is copied, so that it does not keep all that arrived with it in memory. */
const copiedBytesMax = 16 * 1024

const chunkBytesMax = 1024 * 1024

const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Content as a value: compressed where that pays. It is a copy. */
export async function pack(content: Uint8Array): Promise<Buffer> {
  if (content.byteLength <= atOnceBytesMax) return packAtOnce(content)
  if (!isPromising(content)) return withForm(form.plain, content)
  return better(content, await compress(content, options))
}

/** As {@link pack}, for what is small. */
export function packAtOnce(content: Uint8Array): Buffer {
  if (content.byteLength < compressedBytesMin || !isPromising(content)) return withForm(form.plain, content)
  return better(content, zstdCompressSync(content, options))
}

/** The content of a value, which may be a part of it; null for one that is damaged or has more than `bytesMax`. */
export async function unpack(value: Buffer, bytesMax: number): Promise<Buffer | null> {
  if (bytesMax <= atOnceBytesMax || value[0] !== form.zstd) return unpackAtOnce(value, bytesMax)
  try {
    return await decompress(value.subarray(1), within(bytesMax))
  } catch {
    return null
  }
}

/** As {@link unpack}, for what is small. */
export function unpackAtOnce(value: Buffer, bytesMax: number): Buffer | null {
  const body = value.subarray(1)
  if (value[0] === form.plain) {
    if (body.byteLength > bytesMax) return null
    return body.byteLength > copiedBytesMax ? body : Buffer.from(body)
  }
  if (value[0] !== form.zstd) return null
  try {
    return zstdDecompressSync(body, within(bytesMax))
  } catch {
    return null
  }
}

/** With room for all of it at once, as far as that is sensible: it takes half the time. */
function within(bytesMax: number) {
  const chunkSize = bytesMax <= chunkBytesMax ? Math.max(64, bytesMax) : 16 * 1024
  return { maxOutputLength: Math.max(1, bytesMax), chunkSize }
}

/** Three samples are enough to see it. */
function isPromising(content: Uint8Array): boolean {
  if (content.byteLength <= 4 * sampleBytes) return true
  const last = content.byteLength - sampleBytes
  return [0, last >> 1, last].some((at) => {
    const sample = content.subarray(at, at + sampleBytes)
    return zstdCompressSync(sample, options).byteLength <= sampleBytes * worthShare
  })
}

function better(content: Uint8Array, compressed: Uint8Array): Buffer {
  return compressed.byteLength > content.byteLength * worthShare
    ? withForm(form.plain, content)
    : withForm(form.zstd, compressed)
}

function withForm(first: number, body: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(body.byteLength + 1)
  value[0] = first
  value.set(body, 1)
  return value
}
