import { Lexer } from './lexer.ts'
import { locateError } from './locate-error.ts'
import type { ManifestState } from './manifest-state.ts'
import { checkRequiredVersion } from './ninja-version.ts'
import { parseBuild } from './parse-build.ts'
import { parsePool } from './parse-pool.ts'
import { parseRule } from './parse-rule.ts'
import { Scope } from './scope.ts'
import { expand } from './template.ts'

/** Files that include one another deeper than this do so for ever; real manifests need less than ten levels. */
const INCLUDE_DEPTH_MAX = 500

/** Reads one file of a manifest, with all that it includes, into the state. Throws ManifestError, located. */
export function parseManifest(state: ManifestState, scope: Scope, file: string, text: string, depth = 0): void {
  state.manifests.add(file)
  const lexer = new Lexer(file, text, state.variables)
  try {
    while (parseStatement(state, scope, lexer, depth)) {
      // Each statement consumes text, so this ends.
    }
  } catch (error) {
    throw locateError(error, lexer, lexer.tokenStart)
  }
}

/** False at the end of the file. */
function parseStatement(state: ManifestState, scope: Scope, lexer: Lexer, depth: number): boolean {
  const token = lexer.readToken()
  switch (token) {
    case 'newline':
      return true
    case 'build':
      parseBuild(state, scope, lexer)
      return true
    case 'rule':
      parseRule(state, scope, lexer)
      return true
    case 'identifier':
      lexer.unreadToken()
      parseVariable(state, scope, lexer)
      return true
    case 'pool':
      parsePool(state, scope, lexer)
      return true
    case 'default':
      parseDefault(state, scope, lexer)
      return true
    case 'include':
      parseInclude(state, scope, lexer, depth)
      return true
    case 'subninja':
      parseInclude(state, new Scope(scope), lexer, depth)
      return true
    case 'end of file':
      return false
    default:
      return lexer.failUnexpected('a statement (build, rule, pool, default, include, subninja or name = value)')
  }
}

function parseVariable(state: ManifestState, scope: Scope, lexer: Lexer): void {
  const name = lexer.readIdentifier('a variable name')
  lexer.expectToken('=')
  const value = expand(lexer.readValue(), scope)
  scope.bind(state.variables.number(name), value)
  if (name === 'ninja_required_version') {
    const warning = checkRequiredVersion(value)
    if (warning !== undefined) state.warnings.push(warning)
  }
}

function parseDefault(state: ManifestState, scope: Scope, lexer: Lexer): void {
  for (let count = 0; ; count += 1) {
    const start = lexer.position
    const target = lexer.readPath()
    if (target === '') {
      if (count === 0) lexer.failExpected('a target')
      break
    }
    const path = expand(target, scope)
    if (path === '') lexer.fail('empty path', start)
    const number = state.files.find(path)
    if (number === undefined) lexer.fail(`unknown target '${path}'`, start, 'name it in a build statement before')
    state.defaults.add(number)
  }
  lexer.expectToken('newline')
}

function parseInclude(state: ManifestState, scope: Scope, lexer: Lexer, depth: number): void {
  const start = lexer.position
  const path = expand(lexer.readPath(), scope)
  if (path === '') lexer.fail('expected the path of a manifest', start)
  if (depth >= INCLUDE_DEPTH_MAX) lexer.fail(`'${path}' is included ${INCLUDE_DEPTH_MAX} levels deep`, start)
  const text = state.readFile(path)
  if (text === null) lexer.fail(`loading '${path}': it can't be read`, start)
  parseManifest(state, scope, path, text, depth + 1)
  lexer.expectToken('newline')
}
