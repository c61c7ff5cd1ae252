import type { GraphError } from '../build-graph.ts'
import { canonicalize } from './canonical-path.ts'
import { Lexer } from './lexer.ts'
import { locateError } from './locate-error.ts'
import { parseVersion } from './ninja-version.ts'
import { Scope } from './scope.ts'
import { expand } from './template.ts'
import { VariableTable } from './variable-table.ts'

/** What a dyndep file adds to the task that makes `output`. All paths are canonical. */
export interface DyndepStatement {
  /** One explicit output of the task. */
  readonly output: string
  readonly implicitOutputs: readonly string[]
  readonly implicitInputs: readonly string[]
  /** The task's `restat` is on from now on. */
  readonly restat: boolean
}

export type DyndepResult =
  | { readonly ok: true; readonly statements: readonly DyndepStatement[] }
  | { readonly ok: false; readonly error: GraphError }

/**
 * Reads a dyndep file (https://ninja-build.org/manual.html#ref_dyndep), which has no variables. Whether the graph has a
 * task for each output, and whether that task names this file as its `dyndep`, is for the caller to check.
 */
export function readDyndep(text: string, file: string): DyndepResult {
  const lexer = new Lexer(file, text, new VariableTable())
  try {
    return { ok: true, statements: readStatements(lexer) }
  } catch (error) {
    const { located, message } = locateError(error, lexer, lexer.tokenStart)
    return { ok: false, error: located ?? { file, message } }
  }
}

function readStatements(lexer: Lexer): DyndepStatement[] {
  const statements: DyndepStatement[] = []
  const outputs = new Set<string>()
  let versioned = false
  for (;;) {
    const token = lexer.readToken()
    if (token === 'newline') continue
    if (token === 'identifier' && !versioned) {
      readVersion(lexer)
      versioned = true
    } else if (!versioned && (token === 'build' || token === 'end of file')) {
      lexer.failUnexpected("'ninja_dyndep_version = 1'")
    } else if (token === 'build') {
      statements.push(readStatement(lexer, outputs))
    } else if (token === 'end of file') {
      return statements
    } else {
      lexer.failUnexpected('a build statement')
    }
  }
}

function readVersion(lexer: Lexer): void {
  lexer.unreadToken()
  const name = lexer.readIdentifier('a variable name')
  if (name !== 'ninja_dyndep_version') lexer.fail(`found '${name}', expected 'ninja_dyndep_version = 1'`)
  lexer.expectToken('=')
  const start = lexer.position
  const version = expand(lexer.readValue(), new Scope())
  const { major, minor } = parseVersion(version)
  if (major !== 1 || minor !== 0) lexer.fail(`unsupported ninja_dyndep_version '${version}'`, start)
}

function readStatement(lexer: Lexer, outputs: Set<string>): DyndepStatement {
  const start = lexer.position
  const output = readPath(lexer) ?? lexer.failExpected('a path')
  if (outputs.has(output)) lexer.fail(`multiple statements for '${output}'`, start)
  outputs.add(output)
  const more = lexer.position
  if (readPath(lexer) !== undefined) lexer.fail('explicit outputs are not supported, expected one', more)
  const implicitOutputs = lexer.takeToken('|') ? readPaths(lexer) : []
  lexer.expectToken(':')
  const rule = lexer.readIdentifier("'dyndep'")
  if (rule !== 'dyndep') lexer.fail(`found '${rule}', expected 'dyndep'`)
  const inputs = lexer.position
  if (readPath(lexer) !== undefined) lexer.fail('explicit inputs are not supported', inputs)
  const implicitInputs = lexer.takeToken('|') ? readPaths(lexer) : []
  if (lexer.takeToken('||')) lexer.fail('order-only inputs are not supported')
  lexer.expectToken('newline')
  return { output, implicitOutputs, implicitInputs, restat: readRestat(lexer) }
}

function readRestat(lexer: Lexer): boolean {
  if (!lexer.takeToken('indent')) return false
  const name = lexer.readIdentifier('a variable name')
  if (name !== 'restat') lexer.fail(`unexpected variable '${name}', expected restat`)
  lexer.expectToken('=')
  return expand(lexer.readValue(), new Scope()) !== ''
}

function readPaths(lexer: Lexer): string[] {
  const paths: string[] = []
  for (let path = readPath(lexer); path !== undefined; path = readPath(lexer)) paths.push(path)
  return paths
}

/** undefined where no path stands. */
function readPath(lexer: Lexer): string | undefined {
  const start = lexer.position
  const value = lexer.readPath()
  if (value === '') return undefined
  const path = expand(value, new Scope())
  if (path === '') lexer.fail('empty path', start)
  return canonicalize(path)
}
