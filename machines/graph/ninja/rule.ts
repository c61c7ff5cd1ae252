import type { Value } from './template.ts'

/** How to make outputs out of inputs: templates that are expanded for each edge, after the whole manifest was read. */
export interface Rule {
  readonly name: string
  /** The built-in rule that runs nothing. */
  readonly phony: boolean
  /** Variables that its templates refer to: no others of an edge's bindings matter to the edge's command. */
  readonly uses: ReadonlySet<number>
  /** By the numbers of RULE_VARIABLES; undefined where the rule says nothing. */
  readonly values: readonly (Value | undefined)[]
}
