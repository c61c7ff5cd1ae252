import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Digest, digestOf } from '../../events/digest.ts'
import { DirectorySchema, TreeSchema } from './directory.pb.ts'
import { decodeDirectory } from './directory-codec.ts'
import { decodeMessage, encodeMessage } from './message-codec.ts'
import { ReapiError } from './reapi-error.ts'

/** The Tree message of an output directory. @param root,children encoded Directory messages, each child once */
export function encodeTree(root: Uint8Array, children: readonly Uint8Array[]): Uint8Array {
  return encodeMessage(TreeSchema, {
    root: fromBinary(DirectorySchema, root),
    children: children.map((child) => fromBinary(DirectorySchema, child)),
  })
}

/**
 * The encoded Directory messages of a Tree message: by digest, and the root's digest. Each is checked to be canonical, and
 * all that they name to be there. Throws {@link ReapiError}.
 */
export function decodeTree(bytes: Uint8Array): {
  readonly root: Digest
  readonly directories: ReadonlyMap<Digest, Uint8Array>
} {
  const { root, children } = decodeMessage(TreeSchema, bytes)
  if (root === undefined) throw new ReapiError('Tree message: has no root; have its sender make the tree anew')
  const encoded = [root, ...children].map((directory) => toBinary(DirectorySchema, directory))
  const directories = new Map(encoded.map((directory) => [digestOf(directory), directory]))
  for (const directory of directories.values())
    for (const { name, digest } of decodeDirectory(directory).directories)
      if (!directories.has(digest))
        throw new ReapiError(
          `Tree message: ${JSON.stringify(name)} is not among its directories; have its sender make the tree anew`,
        )
  return { root: digestOf(encoded[0]!), directories }
}
