import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { type Digest, digestBytes } from '../../events/digest.ts'
import type { Digest as DigestMessage } from './directory.pb.ts'
import { ReapiError } from './reapi-error.ts'

/** Bytes of a message beyond which it is refused unread. A directory of 200,000 files has about 25 MB. */
const messageBytesMax = 64 * 1024 * 1024

/** The wire form: fields by number, none that has its default value. The same message gives the same bytes. */
export function encodeMessage<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, message))
}

/** Throws {@link ReapiError} for bytes that are no such message. Says nothing about what the fields hold. */
export function decodeMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  if (bytes.byteLength > messageBytesMax)
    throw new ReapiError(`${schema.name} message: more than ${messageBytesMax} bytes; make its content smaller`)
  try {
    return fromBinary(schema, bytes)
  } catch (error) {
    // The library's own errors and, for invalid UTF-8, the platform's: all of them are about the bytes.
    throw new ReapiError(`${schema.name} message: its bytes are damaged; have its sender store it again`, {
      cause: error,
    })
  }
}

export function digestMessage(digest: Digest): { hash: string; sizeBytes: bigint } {
  return { hash: digest.slice(0, 64), sizeBytes: BigInt(digestBytes(digest)) }
}

/** Throws {@link ReapiError} when there is none or it is not one. @param of what it is the digest of, for the error */
export function digestFrom(message: DigestMessage | undefined, of: string): Digest {
  if (message === undefined) throw new ReapiError(`${of}: has no digest; have its sender make the message anew`)
  const { hash, sizeBytes } = message
  if (!/^[0-9a-f]{64}$/.test(hash) || sizeBytes < 0n || sizeBytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ReapiError(`${of}: its digest is not a SHA-256 and a size; have its sender use SHA-256`)
  return `${hash}/${sizeBytes}`
}
