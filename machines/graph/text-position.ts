/** A place in a text as editors count it: lines and columns from 1, columns in UTF-16 code units. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/**
 * Says on which line and column the character at `offset` (UTF-16 code units, from 0) stands. Lines end with `\n`; an
 * offset past the end counts as the end. Takes time in proportion to the offset: meant for error messages.
 */
export function positionAt(text: string, offset: number): TextPosition {
  let line = 1
  let lineStart = 0
  for (;;) {
    const newline = text.indexOf('\n', lineStart)
    if (newline === -1 || newline >= offset) break
    line += 1
    lineStart = newline + 1
  }
  return { line, column: Math.min(offset, text.length) - lineStart + 1 }
}
