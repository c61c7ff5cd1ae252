import type { GraphError } from '../build-graph.ts'

/**
 * Unwinds the reader at the first mistake in a manifest. It never leaves this folder: the readers catch it and return
 * its `located` error.
 */
export class ManifestError extends Error {
  /** Where the mistake is; absent until a caller that knows the place adds it. */
  readonly located: GraphError | undefined

  constructor(message: string, located?: GraphError) {
    super(message)
    this.located = located
  }
}
