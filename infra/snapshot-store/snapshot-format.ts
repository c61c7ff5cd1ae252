import { crc32 } from 'node:zlib'

/**
 * A snapshot file: the magic bytes "millsnp1", the content's length in bytes (unsigned, 64 bits, little-endian), the
 * content's CRC-32 (unsigned, 32 bits, little-endian; the polynomial of gzip, RFC 1952), the content.
 */
const magic = Buffer.from('millsnp1', 'latin1')
const headerBytes = 20

/** What stands before the content in a snapshot file. */
export function encodeSnapshotHeader(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeBigUInt64LE(BigInt(content.byteLength), 8)
  header.writeUInt32LE(crc32(content), 16)
  return header
}

/** The content of a snapshot file, sharing its memory; null for a file that is torn, damaged or of another kind. */
export function decodeSnapshot(file: Uint8Array): Uint8Array | null {
  if (file.byteLength < headerBytes) return null
  const header = Buffer.from(file.buffer, file.byteOffset, headerBytes)
  if (!header.subarray(0, 8).equals(magic)) return null
  const content = file.subarray(headerBytes)
  if (header.readBigUInt64LE(8) !== BigInt(content.byteLength)) return null
  return header.readUInt32LE(16) === crc32(content) ? content : null
}
