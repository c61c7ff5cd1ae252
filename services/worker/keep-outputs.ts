import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { OutputEntry } from '../../events/action-result.ts'
import type { NotKept } from '../../events/cache-miss.ts'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import type { KeepOrder, TaskOrder } from '../../events/task-order.ts'
import type { KeptOutputs } from '../../events/task-report.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import { lookAtAll, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import { loadNamesOf, runPathsOf } from '../../machines/elf/run-path.ts'
import { directoryMade } from '../../machines/keys/run-reason.ts'
import { inDirectory } from '../in-directory.ts'
import type { CollectedResult } from './collect-result.ts'
import { fileWithUnseenReads } from './unseen-reads.ts'

/** Files up to this size are read at once, larger ones in turns with everything else. */
const readAtOnceBytesMax = 1 << 20

/** Whether a file larger than this holds a root's path is not looked for; it is taken for granted. */
const searchedBytesMax = 1 << 26

type Collected = Extract<CollectedResult, { ok: true }>

/** What is to be known of a task to store what it made. */
export type StoringOrder = Pick<TaskOrder, 'directory' | 'depfile'> & { readonly keep: KeepOrder }

/** Stores the blobs of a result that may be cached; otherwise says why it may not. */
export async function keepOutputs(
  order: StoringOrder,
  collected: Collected,
  { blobs, tree, startedAt, outputBytesDropped }: KeepingContext,
): Promise<KeptOutputs | NotKept> {
  if (outputBytesDropped > 0) return { kind: 'long-output' }
  const changed = await changedInput(order, collected, tree, startedAt)
  if (changed !== undefined) return changed
  const unseen = order.keep.mayNameRoots ? unseenReads(order, collected) : undefined
  if (unseen !== undefined) return { kind: 'unseen-reads', path: unseen }
  const entries: OutputEntry[] = []
  let isBound = false
  for (const [path, digest] of collected.outputs) {
    if (digest === null) return { kind: 'output-missing', path }
    if (digest === directoryMade) return { kind: 'output-special', path }
    const absolute = inDirectory(order.directory, path)
    const stats = lstatSync(absolute, { throwIfNoEntry: false })
    if (stats === undefined) return { kind: 'output-missing', path }
    if (stats.isSymbolicLink()) {
      const target = readlinkSync(absolute)
      isBound ||= order.keep.roots.some((root) => target.startsWith(root))
      entries.push({ path, target })
      continue
    }
    if (!stats.isFile()) return { kind: 'output-special', path }
    const stored = await storeFile(absolute, digest, order.keep, blobs)
    if (!stored.isStored) return { kind: 'not-stored' }
    isBound ||= stored.isBound
    entries.push({
      path,
      digest,
      ...((stats.mode & 0o111) !== 0 ? { isExecutable: true } : {}),
      ...(stored.hasRunPath ? { hasRunPath: true } : {}),
    })
  }
  if (entries.every((entry) => 'digest' in entry && digestBytes(entry.digest) === 0)) return { kind: 'only-stamps' }
  const printed = await storePrinted(collected.output, blobs)
  return printed === null ? { kind: 'not-stored' } : { outputs: entries, isBound, ...(printed ? { printed } : {}) }
}

export interface KeepingContext {
  readonly blobs: BlobStore
  readonly tree: SourceTree
  /** When the attempt began, in ms since 1970. */
  readonly startedAt: number
  readonly outputBytesDropped: number
}

/** A file that is not as it was when the task was looked up, or that changed since the command began. */
async function changedInput(
  { keep, depfile }: StoringOrder,
  { discovered }: Collected,
  tree: SourceTree,
  startedAt: number,
): Promise<NotKept | undefined> {
  const unknown = discovered.find(([, digest]) => digest === null)
  if (unknown !== undefined)
    return unknown[0] === depfile ? { kind: 'unknown-reads' } : { kind: 'input-changed', path: unknown[0] }
  const looked = lookAtAll(
    tree,
    keep.inputs.map(([path]) => path),
  )
  if (looked !== undefined) await looked
  const changed = keep.inputs.find(
    ([path, digest]) => tree.digest(path) !== digest || Math.floor(tree.changedAt(path) ?? 0) > startedAt,
  )
  return changed === undefined ? undefined : { kind: 'input-changed', path: changed[0] }
}

function unseenReads({ directory, keep }: StoringOrder, { discovered }: Collected): string | undefined {
  // Objects and libraries that are linked were asked when they were compiled.
  const sources = keep.inputs.filter(([path]) =>
    /\.(?:c|cc|cpp|cxx|c\+\+|m|mm|s|S|h|hh|hpp|hxx|inc|inl|ipp)$/i.test(path),
  )
  return fileWithUnseenReads([...sources, ...discovered], directory, keep.roots)
}

async function storeFile(path: string, digest: Digest, keep: KeepOrder, blobs: BlobStore): Promise<StoredFile> {
  const { roots, mayNameRoots, mayHaveRunPath } = keep
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

/** Digest of what the command printed; `undefined` for nothing, `null` when it can't be stored. */
async function storePrinted(output: Uint8Array, blobs: BlobStore): Promise<Digest | undefined | null> {
  if (output.byteLength === 0) return undefined
  const digest = digestOf(output)
  return (await blobs.put(digest, output)) ? digest : null
}
