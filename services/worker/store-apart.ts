import type { OutputEntry } from '../../events/action-result.ts'
import type { NotKept } from '../../events/cache-miss.ts'
import type { Digest } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { KeptOutputs } from '../../events/task-report.ts'
import type { CollectedResult } from './collect-result.ts'
import { type KeepingContext, keptOutputs, refusalOf } from './keep-outputs.ts'
import { storeOutputs } from './store-outputs.ts'

type Collected = Extract<CollectedResult, { ok: true }>

/** What came of a command, and what of it is in the blob store. */
export interface StoredResult extends Collected {
  readonly stored?: readonly OutputEntry[]
  readonly kept?: KeptOutputs | NotKept
  readonly tree?: Digest
}

/**
 * Stores all outputs, since others get them from nowhere else; whether the action cache may keep the result is another
 * question.
 */
export async function storeApart(
  order: TaskOrder,
  collected: Collected,
  context: KeepingContext,
): Promise<StoredResult | { readonly ok: false; readonly failure: Failure }> {
  const { keep } = order
  const made = collected.outputs.filter(([, digest]) => digest !== null)
  const rules = keep ?? { roots: [], mayNameRoots: true, mayHaveRunPath: false }
  const stored = await storeOutputs(made, rules, context)
  if ('kind' in stored) return { ok: false, failure: unstorable(stored) }
  const result = { ...collected, stored: stored.entries }
  if (keep === undefined) return result
  const missing = collected.outputs.find(([, digest]) => digest === null)
  if (missing !== undefined) return { ...result, kept: { kind: 'output-missing', path: missing[0] } }
  const refusal = await refusalOf({ ...order, keep }, collected, context)
  return { ...result, kept: refusal ?? (await keptOutputs(stored, collected, context.blobs)) }
}

function unstorable(because: NotKept): Failure {
  if (because.kind === 'output-special')
    return {
      kind: 'invalid',
      message: `output ${because.path} is neither a file nor a symbolic link; only these can be taken to other machines`,
    }
  return { kind: 'infrastructure', message: `the outputs can't be stored (${because.kind})` }
}
