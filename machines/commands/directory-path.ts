import { canonicalize } from '../graph/ninja/canonical-path.ts'

/**
 * `path` as it is named from the graph's directory, when it was written for `directory`: canonical; absolute where one of
 * the two is. The graph's directory itself is `.`.
 */
export function pathIn(directory: string, path: string): string {
  return canonicalize(directory === '.' || path.startsWith('/') ? path : `${directory}/${path}`)
}
