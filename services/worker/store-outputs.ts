import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { OutputEntry } from '../../events/action-result.ts'
import type { NotKept } from '../../events/cache-miss.ts'
import { type Digest, digestBytes, type FileVersion } from '../../events/digest.ts'
import type { KeepOrder } from '../../events/task-order.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import { loadNamesOf, runPathsOf } from '../../machines/elf/run-path.ts'
import { directoryMade } from '../../machines/keys/run-reason.ts'
import type { Locate } from './locate.ts'

/** Files up to this size are read at once, larger ones in turns with everything else. */
const readAtOnceBytesMax = 1 << 20

/** Whether a file larger than this holds a root's path is not looked for; it is taken for granted. */
const searchedBytesMax = 1 << 26

/** What of an order decides what has to be known of its outputs. */
export type StoringRules = Pick<KeepOrder, 'roots' | 'mayNameRoots' | 'mayHaveRunPath'>

export interface StoredOutputs {
  /** In the order of the outputs. */
  readonly entries: readonly OutputEntry[]
  /** One of them holds the absolute path of a root. */
  readonly isBound: boolean
}

/** Stores what a command made, each file in the blob store; otherwise says what stands against it. */
export async function storeOutputs(
  outputs: readonly FileVersion[],
  rules: StoringRules,
  { blobs, locate }: { readonly blobs: BlobStore; readonly locate: Locate },
): Promise<StoredOutputs | NotKept> {
  const entries: OutputEntry[] = []
  let isBound = false
  for (const [path, digest] of outputs) {
    if (digest === null) return { kind: 'output-missing', path }
    if (digest === directoryMade) return { kind: 'output-special', path }
    const absolute = locate(path)
    const stats = lstatSync(absolute, { throwIfNoEntry: false })
    if (stats === undefined) return { kind: 'output-missing', path }
    if (stats.isSymbolicLink()) {
      const target = readlinkSync(absolute)
      isBound ||= rules.roots.some((root) => target.startsWith(root))
      entries.push({ path, target })
      continue
    }
    if (!stats.isFile()) return { kind: 'output-special', path }
    const stored = await storeFile(absolute, digest, rules, blobs)
    if (!stored.isStored) return { kind: 'not-stored' }
    isBound ||= stored.isBound
    entries.push({
      path,
      digest,
      ...((stats.mode & 0o111) !== 0 ? { isExecutable: true } : {}),
      ...(stored.hasRunPath ? { hasRunPath: true } : {}),
    })
  }
  return { entries, isBound }
}

async function storeFile(path: string, digest: Digest, rules: StoringRules, blobs: BlobStore): Promise<StoredFile> {
  const { roots, mayNameRoots, mayHaveRunPath } = rules
  const bytes = digestBytes(digest)
  if ((mayNameRoots && !mayHaveRunPath) || bytes > searchedBytesMax)
    return { isStored: await blobs.putFile(digest, path), isBound: !mayNameRoots || mayHaveRunPath }
  const content = bytes > readAtOnceBytesMax ? await readFile(path) : readFileSync(path)
  const isStored = await blobs.put(digest, content)
  const namesRoot = (text: { includes(root: string): boolean }) => roots.some((root) => text.includes(root))
  const runPaths = mayNameRoots ? runPathsOf(content) : undefined
  const loadNames = runPaths && loadNamesOf(content)
  if (loadNames === undefined) return { isStored, isBound: namesRoot(content) }
  return { isStored, isBound: loadNames.some(namesRoot), hasRunPath: runPaths!.some(namesRoot) }
}

interface StoredFile {
  readonly isStored: boolean
  readonly isBound: boolean
  readonly hasRunPath?: boolean
}
