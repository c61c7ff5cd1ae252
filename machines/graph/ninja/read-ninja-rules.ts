import { graphOf, type NinjaGraph, type NinjaRefusal, type NinjaSource, parseNinja, refusing } from './read-ninja.ts'
import type { Value } from './template.ts'
import { RULE_VARIABLES, type VariableTable } from './variable-table.ts'

/** A manifest's graph with what a build has no use for and ninja's tools ask about. */
export interface NinjaRules {
  readonly ok: true
  readonly graph: NinjaGraph['graph']
  readonly warnings: NinjaGraph['warnings']
  /** By task number: the name of its rule. */
  readonly ruleOf: readonly string[]
  /** The rules of the main manifest and its includes (not those of subninjas), `phony` too, in no particular order. */
  readonly rules: readonly NinjaRule[]
}

export interface NinjaRule {
  readonly name: string
  /** As the manifest writes it, with references as `${name}`; absent where it says none. */
  readonly description?: string
}

/** As `readNinja`, with rules. */
export function readNinjaRules(source: NinjaSource): NinjaRules | NinjaRefusal {
  return refusing(source, () => {
    const state = parseNinja(source)
    const { graph, warnings } = graphOf(state)
    return {
      ok: true,
      graph,
      warnings,
      ruleOf: state.edges.map(({ rule }) => rule.name),
      rules: [...state.rootScope.rules.values()].map(({ name, values }) => {
        const description = values[RULE_VARIABLES.description]
        return description === undefined ? { name } : { name, description: written(description, state.variables) }
      }),
    }
  })
}

function written(value: Value, variables: VariableTable): string {
  if (typeof value === 'string') return value
  return value.texts
    .map((text, i) => (i === 0 ? text : `\${${variables.name(value.variables[i - 1]!)}}${text}`))
    .join('')
}
