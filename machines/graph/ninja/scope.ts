import type { Rule } from './rule.ts'
import type { VariableSource } from './template.ts'
import { RULE_VARIABLE_COUNT } from './variable-table.ts'

/** The variables and rules of one file; a `subninja` file has its own scope inside that of the file that names it. */
export class Scope implements VariableSource {
  readonly parent: Scope | undefined
  readonly rules = new Map<string, Rule>()
  readonly #variables = new Map<number, string>()
  /** Some variable here has a name that rules use; else there is no need to look for one. */
  #bindsRuleVariable = false

  constructor(parent?: Scope) {
    this.parent = parent
  }

  bind(variable: number, value: string): void {
    this.#variables.set(variable, value)
    if (variable < RULE_VARIABLE_COUNT) this.#bindsRuleVariable = true
  }

  /** The value bound in this very scope. */
  own(variable: number): string | undefined {
    if (variable < RULE_VARIABLE_COUNT && !this.#bindsRuleVariable) return undefined
    return this.#variables.get(variable)
  }

  lookup(variable: number): string {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const value = scope.own(variable)
      if (value !== undefined) return value
    }
    return ''
  }

  findRule(name: string): Rule | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const rule = scope.rules.get(name)
      if (rule) return rule
    }
    return undefined
  }
}
