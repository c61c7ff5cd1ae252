import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs'
import { type Digest, digestOf } from '../../events/digest.ts'

/** Files up to this size are read and hashed at once, in 1 ms; larger ones in pieces, so that everything else goes on. */
export const atOnceBytesMax = 1 << 20

/** One buffer for all: small files are read whole and one after the other. */
let buffer: Buffer | undefined

/** Of a small file, with as few calls as can be. Throws the system's errors. @param size as its status has it */
export function digestAtOnce(path: string, size: number): Digest {
  buffer ??= Buffer.allocUnsafeSlow(atOnceBytesMax + 1)
  const file = openSync(path, 'r')
  try {
    // One byte more than there should be: a file that has changed its size shows, and is read in another way.
    const length = readSync(file, buffer, 0, size + 1, null)
    return digestOf(length === size ? buffer.subarray(0, size) : readFileSync(path))
  } finally {
    closeSync(file)
  }
}

/** Of a file of any size. Rejects with the system's errors. */
export async function digestInPieces(path: string): Promise<Digest> {
  const sha256 = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: atOnceBytesMax })) {
    sha256.update(piece)
    bytes += (piece as Buffer).length
  }
  return `${sha256.digest('hex')}/${bytes}`
}
