import { canonicalize } from '../machines/graph/ninja/canonical-path.ts'

/** A target as the graph writes paths; `foo.c^` stays a question for the tasks that read foo.c. */
export function canonicalTarget(target: string): string {
  return target.endsWith('^') ? `${canonicalize(target.slice(0, -1))}^` : canonicalize(target)
}
