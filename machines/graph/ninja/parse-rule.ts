import type { Lexer } from './lexer.ts'
import type { ManifestState } from './manifest-state.ts'
import type { Scope } from './scope.ts'
import type { Value } from './template.ts'
import { RULE_VARIABLE_COUNT, RULE_VARIABLES } from './variable-table.ts'

/** `rule name` and its bindings; the token `rule` was read. */
export function parseRule(state: ManifestState, scope: Scope, lexer: Lexer): void {
  const start = lexer.tokenStart
  const name = lexer.readIdentifier('a rule name')
  lexer.expectToken('newline')
  if (scope.rules.has(name)) lexer.fail(`duplicate rule '${name}'`, start)
  const values: (Value | undefined)[] = new Array<undefined>(RULE_VARIABLE_COUNT).fill(undefined)
  while (lexer.takeToken('indent')) {
    const key = lexer.readIdentifier('a variable name')
    const keyStart = lexer.tokenStart
    lexer.expectToken('=')
    const value = lexer.readValue()
    const variable = state.variables.number(key)
    if (variable >= RULE_VARIABLE_COUNT) {
      const known = Object.keys(RULE_VARIABLES).join(', ')
      lexer.fail(`unexpected variable '${key}' in a rule`, keyStart, `a rule may set ${known}`)
    }
    values[variable] = value
  }
  // Once a rule is read, these are its own even when empty: the file's variables of the same name don't show through.
  for (const variable of [RULE_VARIABLES.command, RULE_VARIABLES.rspfile, RULE_VARIABLES.rspfile_content]) {
    values[variable] ??= ''
  }
  if ((values[RULE_VARIABLES.rspfile] === '') !== (values[RULE_VARIABLES.rspfile_content] === '')) {
    lexer.fail(`rule '${name}' needs both rspfile and rspfile_content, or neither`, start)
  }
  if (values[RULE_VARIABLES.command] === '') {
    lexer.refuseTab()
    lexer.fail(`expected 'command =' in rule '${name}'`, start)
  }
  const uses = new Set<number>()
  for (const value of values) {
    if (typeof value === 'object') for (const variable of value.variables) uses.add(variable)
  }
  scope.rules.set(name, { name, phony: false, uses, values })
}
