import type { Lexer } from './lexer.ts'
import type { ManifestState } from './manifest-state.ts'
import type { Scope } from './scope.ts'
import { expand } from './template.ts'

/** ninja keeps a depth in 32 bits. */
const DEPTH_MAX = 2 ** 31 - 1

/** `pool name` and its `depth`; the token `pool` was read. */
export function parsePool(state: ManifestState, scope: Scope, lexer: Lexer): void {
  const start = lexer.tokenStart
  const name = lexer.readIdentifier('a pool name')
  lexer.expectToken('newline')
  if (state.pools.has(name)) lexer.fail(`duplicate pool '${name}'`, start)
  let depth: number | undefined
  while (lexer.takeToken('indent')) {
    const key = lexer.readIdentifier('a variable name')
    const keyStart = lexer.tokenStart
    lexer.expectToken('=')
    const value = expand(lexer.readValue(), scope)
    if (key !== 'depth') lexer.fail(`unexpected variable '${key}' in a pool, expected depth`, keyStart)
    // As in ninja 1.12, what is no number counts as 0: unbounded.
    depth = Number.parseInt(value, 10) || 0
    if (depth < 0 || depth > DEPTH_MAX) lexer.fail(`invalid pool depth '${value}'`, keyStart)
  }
  if (depth === undefined) {
    lexer.refuseTab()
    lexer.fail(`expected 'depth =' in pool '${name}'`, start)
  }
  state.pools.set(name, depth)
}
