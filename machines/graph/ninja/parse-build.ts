import { Edge } from './edge.ts'
import type { Lexer } from './lexer.ts'
import type { ManifestState } from './manifest-state.ts'
import type { Rule } from './rule.ts'
import type { Scope } from './scope.ts'
import { expand } from './template.ts'
import { RULE_VARIABLE_COUNT, RULE_VARIABLES } from './variable-table.ts'

/** `build outputs: rule inputs` and its bindings; the token `build` was read. Adds an edge to the state. */
export function parseBuild(state: ManifestState, scope: Scope, lexer: Lexer): void {
  const { paths, evaluator } = state
  const offset = lexer.tokenStart
  paths.clear()
  const explicitOutputs = paths.read(lexer)
  const outputs = lexer.takePipe('|') ? paths.read(lexer) : explicitOutputs
  if (outputs === 0) lexer.failExpected('a path')
  lexer.expectToken(':')
  const rule = readRule(scope, lexer)
  const explicitInputs = paths.read(lexer)
  const inputs = lexer.takePipe('|') ? paths.read(lexer) : explicitInputs
  const orderOnly = lexer.takePipe('||') ? paths.read(lexer) : inputs
  const validations = lexer.takePipe('|@') ? paths.read(lexer) : orderOnly
  lexer.expectToken('newline')

  const bindingsStart = state.bindings.length
  const hasBindings = readBindings(state, scope, lexer, rule)
  const edge = new Edge(rule, scope, lexer, offset, hasBindings, bindingsStart, state.bindings.length)
  evaluator.enter(edge)
  // The edge has no files yet: `$in` and `$out` are empty in the name of a pool, as in ninja.
  settlePool(state, edge)
  paths.expand(lexer, evaluator.statementVariables)
  edge.outputs = paths.slice(0, outputs)
  edge.explicitOutputs = explicitOutputs
  claimOutputs(state, edge)
  edge.inputs = paths.slice(outputs, inputs)
  edge.explicitInputs = explicitInputs - outputs
  edge.orderOnly = paths.slice(inputs, orderOnly)
  edge.validations = paths.slice(orderOnly, validations)
  if (rule.phony) dropSelfReference(state, edge)
  settleDyndep(state, edge)
  state.edges.push(edge)
}

function readRule(scope: Scope, lexer: Lexer): Rule {
  const name = lexer.readIdentifier('a rule name')
  const rule = scope.findRule(name)
  if (rule === undefined) lexer.fail(`unknown build rule '${name}'`)
  return rule
}

/**
 * An edge's bindings see the file's variables, not one another. Those that nothing can refer to are not kept: CMake
 * writes several for each object. Returns whether there are any, kept or not.
 */
function readBindings(state: ManifestState, scope: Scope, lexer: Lexer, rule: Rule): boolean {
  const { bindings, variables, paths } = state
  let previous = -1
  for (;;) {
    // Statements resemble one another: try the variable that came next last time, and compare the line's start at once.
    let variable = variables.next(previous)
    if (variable < 0 || !lexer.takePrefix(variables.bindingPrefix(variable))) {
      if (!lexer.takeToken('indent')) return previous >= 0
      variable = variables.number(lexer.readIdentifier('a variable name'))
      lexer.expectToken('=')
      variables.setNext(previous, variable)
    }
    previous = variable
    if (variable < RULE_VARIABLE_COUNT || rule.uses.has(variable) || paths.waits) {
      bindings.push(variable, expand(lexer.readValue(), scope))
    } else {
      lexer.skipValue()
    }
  }
}

function settlePool(state: ManifestState, edge: Edge): void {
  const pool = state.evaluator.command(RULE_VARIABLES.pool)
  if (pool !== '' && !state.pools.has(pool)) edge.lexer.fail(`unknown pool name '${pool}'`, edge.offset)
  edge.pool = pool
}

function claimOutputs(state: ManifestState, edge: Edge): void {
  const { files, edges, paths } = state
  const number = edges.length
  for (let index = 0; index < edge.outputs.length; index += 1) {
    const output = edge.outputs[index]!
    const producer = files.producer(output)
    if (producer >= 0) {
      const path = files.paths[output]!
      const message =
        producer === number ? `${path} is defined as an output multiple times` : `multiple rules generate ${path}`
      edge.lexer.fail(message, paths.offset(index))
    }
    files.setProducer(output, number)
  }
}

/**
 * Old CMake writes phony edges that list their own output as an input. Only that form is mended, as in ninja, and by its
 * arithmetic: the number of order-only inputs stays, so the last of the remaining inputs fill it.
 */
function dropSelfReference(state: ManifestState, edge: Edge): void {
  if (edge.outputs.length !== 1 || edge.explicitOutputs !== 1 || edge.inputs.length !== edge.explicitInputs) return
  const self = edge.outputs[0]!
  if (!edge.inputs.includes(self) && !edge.orderOnly.includes(self)) return
  const kept = [...edge.inputs, ...edge.orderOnly].filter((input) => input !== self)
  edge.explicitInputs = Math.max(0, kept.length - edge.orderOnly.length)
  edge.inputs = kept.slice(0, edge.explicitInputs)
  edge.orderOnly = kept.slice(edge.explicitInputs)
  state.warnings.push(`phony target '${state.files.paths[self]}' names itself as an input; ignoring it`)
}

function settleDyndep(state: ManifestState, edge: Edge): void {
  const { evaluator, files } = state
  if (evaluator.path(RULE_VARIABLES.dyndep) === '') return
  // Once more, now that `$in` and `$out` are known.
  evaluator.enter(edge)
  const path = evaluator.path(RULE_VARIABLES.dyndep)
  const file = files.find(path)
  if (file === undefined || !(edge.inputs.includes(file) || edge.orderOnly.includes(file))) {
    edge.lexer.fail(`dyndep '${path}' is not an input`, edge.offset, 'list it among the inputs of the same statement')
  }
  edge.dyndep = file
}
