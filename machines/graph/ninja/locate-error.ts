import type { Lexer } from './lexer.ts'
import { ManifestError } from './manifest-error.ts'

/** The same error with a place: this offset, unless it has one already. Other errors are thrown on. */
export function locateError(error: unknown, lexer: Lexer, offset: number): ManifestError {
  if (!(error instanceof ManifestError)) throw error
  if (error.located) return error
  return lexer.errorAt(error.message, offset)
}
