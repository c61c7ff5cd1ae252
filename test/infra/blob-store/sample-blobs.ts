import { createHash } from 'node:crypto'

/** Bytes that do not compress, the same for the same size and name. */
export function blobOf(bytes: number, name = ''): Uint8Array {
  return Uint8Array.from(createHash('shake256', { outputLength: bytes }).update(`${name} ${bytes}`).digest())
}

/** What several processes keep at once: rows, files, large files, and files that compress. */
export function contendedBlobs(): Uint8Array[] {
  const random = Array.from({ length: 60 }, (_, i) => blobOf(i % 3 === 0 ? 40_000 : 500 * i, `${i}`))
  const texts = Array.from({ length: 10 }, (_, i) => Uint8Array.from(Buffer.alloc(50_000 + i, 'text ')))
  return [...random, ...texts, blobOf(1_500_000)]
}
