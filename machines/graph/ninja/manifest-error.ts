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

/** The error with the line and column of this offset. */
export function errorInText(file: string, text: string, offset: number, message: string, mend?: string): ManifestError {
  let line = 1
  let lineStart = 0
  for (let newline = text.indexOf('\n'); newline >= 0 && newline < offset; newline = text.indexOf('\n', lineStart)) {
    line += 1
    lineStart = newline + 1
  }
  const place = { file, line, column: offset - lineStart + 1, message }
  return new ManifestError(message, mend === undefined ? place : { ...place, mend })
}
