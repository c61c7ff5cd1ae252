import type { FileVersion } from '../../../events/digest.ts'
import type { AttemptSucceeded } from '../../../events/task-report.ts'

/**
 * Two workers have finished the same task. A line that tells where their outputs differ; `undefined` where they are equal. The
 * first result is the one that counts.
 *
 * @param id of the task
 * @param first outputs that count, and the worker that made them
 */
export function nonDeterminism(
  id: string,
  first: { readonly outputs: readonly FileVersion[]; readonly worker: string },
  { outputs, worker }: Pick<AttemptSucceeded, 'outputs' | 'worker'>,
): string | undefined {
  const before = new Map(first.outputs)
  const other = outputs.find(([path, digest]) => before.get(path) !== digest)
  if (other === undefined) return undefined
  const [path, digest] = other
  const text = (of: string | null | undefined) => of?.slice(0, 12) ?? 'not made'
  return `${id} is not deterministic: ${path} is ${text(before.get(path))} by ${first.worker} and ${text(digest)} by ${worker}`
}
