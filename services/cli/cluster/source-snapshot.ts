import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Digest, digestBytes } from '../../../events/digest.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import { MerkleTree, type TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { UserError } from '../../user-error.ts'
import type { ClusterClient } from './cluster-client.ts'

/** Files that are sent at the same time. */
const uploadsMax = 16

/** Digests that are asked for at once. */
const askedAtOnce = 2_000

/** What ninja and Millrace themselves write into a build directory. */
const ownFiles = /(?:^|\/)\.ninja_(?:log|deps|lock)$/

export interface Snapshot {
  readonly tree: MerkleTree
  /** What was sent. */
  readonly files: number
  readonly bytes: number
  /** Paths of what can't be sent: neither files nor links, or not readable. */
  readonly skipped: readonly string[]
  /** The content of a file that was sent, for those who ask for it while the shared store has lost it. */
  readonly find: (digest: Digest) => Uint8Array | null
}

export interface SnapshotOptions {
  /** Absolute paths. */
  readonly roots: readonly string[]
  /** The graph's directory. */
  readonly directory: string
  /** Its tasks' outputs are made by workers, not sent; but those of its generators, which stay with the client. */
  readonly graph: BuildGraph
  readonly onProgress: (line: string) => void
}

/** Brings the sources of a build into the blob store: what is there already is not sent again. */
export async function sendSources(
  client: Pick<ClusterClient, 'scan'> & { readonly blobs: BlobStore },
  options: SnapshotOptions,
): Promise<Snapshot> {
  const { directory, graph, onProgress } = options
  const outputs = new Set(
    graph.tasks.flatMap((task) =>
      task.command === undefined || task.generator
        ? []
        : task.outputs.map((file) => resolve(directory, graph.files[file]!)),
    ),
  )
  onProgress('looking at the sources')
  const exclude = (path: string) => outputs.has(path) || ownFiles.test(path)
  const scans = await Promise.all(outermost(options.roots).map((root) => client.scan(root, exclude)))
  const entries = scans.flatMap((scan) => scan.entries)
  // The build directory is there even when nothing is in it.
  const tree = MerkleTree.of([
    ...options.roots.map((root): TreeEntry => ({ path: root.slice(1), isDirectory: true })),
    ...entries,
  ])
  const paths = new Map<Digest, string>()
  for (const entry of entries) if ('digest' in entry) paths.set(entry.digest, `/${entry.path}`)
  const directories = new Map(tree.blobs().map(({ digest, content }) => [digest, content]))
  const sent = await sendMissing(client.blobs, { paths, directories }, onProgress)
  return {
    tree,
    ...sent,
    skipped: scans.flatMap((scan) => scan.skipped.map(({ path }) => path)),
    find: (digest) => directories.get(digest) ?? contentOf(paths.get(digest)),
  }
}

interface Sources {
  readonly paths: ReadonlyMap<Digest, string>
  /** Encoded messages. */
  readonly directories: ReadonlyMap<Digest, Uint8Array>
}

async function sendMissing(
  blobs: BlobStore,
  { paths, directories }: Sources,
  onProgress: (line: string) => void,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const all = [...paths.keys(), ...directories.keys()]
  const missing: Digest[] = []
  for (let at = 0; at < all.length; at += askedAtOnce)
    missing.push(...(await blobs.missing(all.slice(at, at + askedAtOnce))))
  let [files, bytes] = [0, 0]
  const queue = missing.values()
  const send = async () => {
    for (const digest of queue) {
      const content = directories.get(digest)
      const path = paths.get(digest)
      const isSent = await (content === undefined ? blobs.putFile(digest, path!) : blobs.put(digest, content))
      if (!isSent) throw new UserError(`${path}: changed while it was sent to the cluster; build again`)
      files++
      bytes += digestBytes(digest)
      if (files % 100 === 0) onProgress(`sending sources: ${files} of ${missing.length}`)
    }
  }
  await Promise.all(Array.from({ length: uploadsMax }, send))
  return { files, bytes }
}

/** As it is now: whether that is still the content is for the one who asked to see. */
function contentOf(path: string | undefined): Uint8Array | null {
  try {
    return path === undefined ? null : readFileSync(path)
  } catch {
    return null
  }
}

function outermost(roots: readonly string[]): readonly string[] {
  return roots.filter((root) => !roots.some((other) => other !== root && root.startsWith(`${other}/`)))
}
