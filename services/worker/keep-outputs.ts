import type { NotKept } from '../../events/cache-miss.ts'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import type { KeepOrder, TaskOrder } from '../../events/task-order.ts'
import type { KeptOutputs } from '../../events/task-report.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import { lookAtAll, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { CollectedResult, CollectingContext } from './collect-result.ts'
import type { Locate } from './locate.ts'
import { type StoredOutputs, storeOutputs } from './store-outputs.ts'
import { fileWithUnseenReads } from './unseen-reads.ts'

type Collected = Extract<CollectedResult, { ok: true }>

/** What is to be known of a task to store what it made. */
export type StoringOrder = Pick<TaskOrder, 'directory' | 'depfile'> & { readonly keep: KeepOrder }

/** Stores the blobs of a result that may be cached; otherwise says why it may not. */
export async function keepOutputs(
  order: StoringOrder,
  collected: Collected,
  context: KeepingContext,
): Promise<KeptOutputs | NotKept> {
  const refusal = await refusalOf(order, collected, context)
  if (refusal !== undefined) return refusal
  const stored = await storeOutputs(collected.outputs, order.keep, context)
  return 'kind' in stored ? stored : keptOutputs(stored, collected, context.blobs)
}

/** The outputs as they are stored, for the action cache, with what the command printed. */
export async function keptOutputs(
  { entries, isBound }: StoredOutputs,
  { output }: Collected,
  blobs: BlobStore,
): Promise<KeptOutputs | NotKept> {
  if (entries.every((entry) => 'digest' in entry && digestBytes(entry.digest) === 0)) return { kind: 'only-stamps' }
  const printed = await storePrinted(output, blobs)
  return printed === null ? { kind: 'not-stored' } : { outputs: entries, isBound, ...(printed ? { printed } : {}) }
}

/** Why the result must not be kept, as far as can be told without storing it. */
export async function refusalOf(
  order: StoringOrder,
  collected: Collected,
  { tree, startedAt, locate, sees, outputBytesDropped }: KeepingContext,
): Promise<NotKept | undefined> {
  if (outputBytesDropped > 0) return { kind: 'long-output' }
  const changed = await changedInput(seenOnly(order, sees), collected, tree, startedAt)
  if (changed !== undefined) return changed
  const unseen = order.keep.mayNameRoots ? unseenReads(order, collected, locate) : undefined
  return unseen === undefined ? undefined : { kind: 'unseen-reads', path: unseen }
}

export interface KeepingContext extends CollectingContext {
  readonly blobs: BlobStore
  readonly outputBytesDropped: number
}

/** The platform's files are the same for all workers that may get the order. */
function seenOnly(order: StoringOrder, sees: KeepingContext['sees']): StoringOrder {
  if (sees === undefined) return order
  return { ...order, keep: { ...order.keep, inputs: order.keep.inputs.filter(([path]) => sees(path)) } }
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

function unseenReads({ directory, keep }: StoringOrder, { discovered }: Collected, locate: Locate): string | undefined {
  // Objects and libraries that are linked were asked when they were compiled.
  const sources = keep.inputs.filter(([path]) =>
    /\.(?:c|cc|cpp|cxx|c\+\+|m|mm|s|S|h|hh|hpp|hxx|inc|inl|ipp)$/i.test(path),
  )
  return fileWithUnseenReads([...sources, ...discovered], { directory, roots: keep.roots }, locate)
}

/** Digest of what the command printed; `undefined` for nothing, `null` when it can't be stored. */
async function storePrinted(output: Uint8Array, blobs: BlobStore): Promise<Digest | undefined | null> {
  if (output.byteLength === 0) return undefined
  const digest = digestOf(output)
  return (await blobs.put(digest, output)) ? digest : null
}
