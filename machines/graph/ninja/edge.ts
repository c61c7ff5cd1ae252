import type { FileNumber } from '../build-graph.ts'
import type { Lexer } from './lexer.ts'
import type { Rule } from './rule.ts'
import type { Scope } from './scope.ts'

const NONE: readonly FileNumber[] = []

/**
 * A build statement as it was read. Its paths, pool and dyndep file are settled; its command and the other variables of
 * its rule wait until the whole manifest was read, since they use the last values of the file's variables.
 */
export class Edge {
  readonly rule: Rule
  /** Scope of the file that the statement is in. */
  readonly scope: Scope
  /** With `offset`: the place of the statement, for errors. */
  readonly lexer: Lexer
  readonly offset: number
  /** It has a scope of its own, even if no binding in it was worth keeping. */
  readonly hasBindings: boolean
  /** Its own bindings: this range of the binding list. */
  readonly bindingsStart: number
  readonly bindingsEnd: number
  outputs: readonly FileNumber[] = NONE
  explicitOutputs = 0
  /** Explicit, then implicit. */
  inputs: readonly FileNumber[] = NONE
  explicitInputs = 0
  orderOnly: readonly FileNumber[] = NONE
  validations: readonly FileNumber[] = NONE
  /** Name of the pool; empty: none. */
  pool = ''
  /** -1: none. */
  dyndep: FileNumber = -1

  constructor(
    rule: Rule,
    scope: Scope,
    lexer: Lexer,
    offset: number,
    hasBindings: boolean,
    bindingsStart: number,
    bindingsEnd: number,
  ) {
    this.rule = rule
    this.scope = scope
    this.lexer = lexer
    this.offset = offset
    this.hasBindings = hasBindings
    this.bindingsStart = bindingsStart
    this.bindingsEnd = bindingsEnd
  }
}
