import type { BindingList } from './binding-list.ts'
import type { Edge } from './edge.ts'
import type { FileTable } from './file-table.ts'
import { ManifestError } from './manifest-error.ts'
import { shellQuote } from './shell-quote.ts'
import { expand, type VariableSource } from './template.ts'
import { IN, OUT, RULE_VARIABLE_COUNT, type VariableTable } from './variable-table.ts'

/** A variable as one edge sees it, remembered: rules that use rule variables would else be expanded again and again. */
interface Memo {
  round: number
  value: string
}

/**
 * Looks variables up as one edge sees them: `$in`, `$out`, then the edge's own bindings, then its rule's, then the file's.
 * For an edge without bindings the file's own variables go before the rule's; ninja does so too.
 *
 * One evaluator serves all edges of a manifest in turn. Errors are ManifestErrors without a place.
 */
export class EdgeEvaluator implements VariableSource {
  readonly #files: FileTable
  readonly #variables: VariableTable
  readonly #bindings: BindingList
  #edge: Edge | undefined
  /** Round in which a variable was bound by the edge, and its value: no clearing from edge to edge. */
  readonly #boundRound: number[] = []
  readonly #boundValue: string[] = []
  #round = 0
  /** Plain and quoted text of `$in`, `$in_newline`, `$out`, and the round that each is of. */
  readonly #paths: string[] = ['', '', '', '', '', '']
  readonly #pathsRound: number[] = [0, 0, 0, 0, 0, 0]
  /** Quoted form of a file's path, by file number. */
  readonly #quoted: (string | undefined)[] = []
  readonly #memos: Memo[] = []
  #memoRound = 0
  #quotes = true
  /** Rule variables being expanded, the outermost left out, as ninja does. */
  readonly #expanding: number[] = []
  #depth = 0
  /** Variables as the paths of a build statement see them: its own bindings, then the file's; no rule, no `$in`. */
  readonly statementVariables: VariableSource = {
    lookup: (variable) =>
      this.#boundRound[variable] === this.#round ? this.#boundValue[variable]! : this.#edge!.scope.lookup(variable),
  }

  constructor(files: FileTable, variables: VariableTable, bindings: BindingList) {
    this.#files = files
    this.#variables = variables
    this.#bindings = bindings
    for (let variable = 0; variable < RULE_VARIABLE_COUNT; variable += 1) this.#memos.push({ round: -1, value: '' })
  }

  /** From now on, variables are those of this edge, with the inputs and outputs that it has now. */
  enter(edge: Edge): void {
    this.#edge = edge
    this.#round += 1
    this.#memoRound += 1
    const { variables, values } = this.#bindings
    for (let index = edge.bindingsStart; index < edge.bindingsEnd; index += 1) {
      const variable = variables[index]!
      this.#boundRound[variable] = this.#round
      this.#boundValue[variable] = values[index]!
    }
  }

  /** A rule variable's text, in which `$in` and `$out` are quoted for the shell. */
  command(variable: number): string {
    return this.#evaluate(variable, true)
  }

  /** A rule variable's text, in which `$in` and `$out` are plain paths; for variables that are paths themselves. */
  path(variable: number): string {
    return this.#evaluate(variable, false)
  }

  lookup(variable: number): string {
    if (variable >= IN && variable <= OUT) return this.#pathList(variable)
    if (this.#boundRound[variable] === this.#round) return this.#boundValue[variable]!
    const edge = this.#edge!
    const { rule, scope } = edge
    const bare = !edge.hasBindings
    if (bare) {
      const value = scope.own(variable)
      if (value !== undefined) return value
    }
    if (variable < RULE_VARIABLE_COUNT) {
      const value = rule.values[variable]
      if (typeof value === 'string') return value
      if (value !== undefined) return this.#expandRuleVariable(variable)
    }
    return bare ? (scope.parent?.lookup(variable) ?? '') : scope.lookup(variable)
  }

  #evaluate(variable: number, quotes: boolean): string {
    if (this.#quotes !== quotes) {
      this.#quotes = quotes
      this.#memoRound += 1
    }
    return this.lookup(variable)
  }

  #expandRuleVariable(variable: number): string {
    const memo = this.#memos[variable]!
    if (memo.round === this.#memoRound) return memo.value
    const expanding = this.#expanding
    const first = expanding.indexOf(variable)
    if (first >= 0) {
      const cycle = [...expanding.slice(first), variable].map((each) => this.#variables.name(each))
      throw new ManifestError(`cycle in rule variables: ${cycle.join(' -> ')}`)
    }
    const recorded = this.#depth > 0
    if (recorded) expanding.push(variable)
    this.#depth += 1
    memo.value = expand(this.#edge!.rule.values[variable]!, this)
    memo.round = this.#memoRound
    this.#depth -= 1
    if (recorded) expanding.pop()
    return memo.value
  }

  #pathList(variable: number): string {
    const slot = (variable - IN) * 2 + (this.#quotes ? 1 : 0)
    if (this.#pathsRound[slot] === this.#round) return this.#paths[slot]!
    const edge = this.#edge!
    const list =
      variable === OUT
        ? this.#join(edge.outputs, edge.explicitOutputs, ' ')
        : this.#join(edge.inputs, edge.explicitInputs, variable === IN ? ' ' : '\n')
    this.#paths[slot] = list
    this.#pathsRound[slot] = this.#round
    return list
  }

  #join(numbers: readonly number[], count: number, separator: string): string {
    if (count === 0) return ''
    let list = this.#pathText(numbers[0]!)
    for (let index = 1; index < count; index += 1) list += separator + this.#pathText(numbers[index]!)
    return list
  }

  #pathText(file: number): string {
    if (!this.#quotes) return this.#files.paths[file]!
    let text = this.#quoted[file]
    if (text === undefined) {
      text = shellQuote(this.#files.paths[file]!)
      this.#quoted[file] = text
    }
    return text
  }
}
