import { ManifestError } from './manifest-error.ts'

/**
 * Text with references to variables, not yet looked up: `texts[0] variables[0] texts[1] ... texts[n]`, so there is
 * always one text more than there are variables.
 */
export interface Template {
  readonly texts: readonly string[]
  readonly variables: readonly number[]
}

/** What a manifest writes for a path or a value; a string where it refers to no variable. */
export type Value = string | Template

/** Where references are looked up; an unknown variable is the empty string. */
export interface VariableSource {
  lookup(variable: number): string
}

/**
 * Longest text a value may grow to, in UTF-16 units. Doubling a variable thirty times is a short manifest; V8 ends at
 * 2^29, and two values of this size still fit in one string.
 */
const VALUE_UNITS_MAX = 2 ** 27

/** The value with its variables replaced. Throws ManifestError, without a place, when the result is absurdly long. */
export function expand(value: Value, source: VariableSource): string {
  if (typeof value === 'string') return value
  const { texts, variables } = value
  let result = texts[0]!
  for (let index = 0; index < variables.length; index += 1) {
    result += source.lookup(variables[index]!) + texts[index + 1]!
    if (result.length > VALUE_UNITS_MAX) throw new ManifestError(`a value grows beyond ${VALUE_UNITS_MAX} characters`)
  }
  return result
}
