import { hash } from 'node:crypto'

/**
 * What identifies a content: lower-case hex SHA-256 and the size in bytes, as `<hash>/<bytes>`.
 * Source: Remote Execution API v2, message Digest, in the form its resource names use.
 */
export type Digest = string

/** One file with one content: path as the build graph writes it, and digest; `null` where no such file was there. */
export type FileVersion = readonly [path: string, digest: Digest | null]

/** Digest of bytes, or of a string's UTF-8 form. */
export function digestOf(content: Uint8Array | string): Digest {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength
  return `${sha256Hex(content)}/${bytes}`
}

/** Lower-case hex SHA-256 (64 characters). */
export function sha256Hex(content: Uint8Array | string): string {
  return hash('sha256', content, 'hex')
}

/** Size in bytes that a digest states. */
export function digestBytes(digest: Digest): number {
  return Number(digest.slice(65))
}
