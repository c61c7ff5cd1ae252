import { closestName } from '../../../machines/graph/closest-name.ts'
import { NinjaError } from './ninja-error.ts'

/** The values of an option that ninja lists on request. */
export interface FlagSet {
  readonly list: string
  /** Throws {@link NinjaError} for a value that is none. */
  readonly check: (value: string) => void
}

/** `-d`. */
export const debugModes: FlagSet = {
  list: `debugging modes:
  explain      explain what caused a command to execute
  stats, keepdepfile, keeprsp, nostatcache
               taken for compatibility, without effect
multiple modes can be enabled via -d FOO -d BAR
`,
  check: (value) => check(value, ['stats', 'explain', 'keepdepfile', 'keeprsp', 'nostatcache'], 'debug setting'),
}

/** `-w`. What they choose between was settled once: two makers of a file are an error, a phony self-reference is not. */
export const warningFlags: FlagSet = {
  list: `warning flags, taken for compatibility, without effect:
  phonycycle={err,warn}  phony build statement references itself
`,
  check: (value) =>
    check(
      value,
      ['dupbuild', 'phonycycle', 'depfilemulti'].flatMap((flag) => [`${flag}=err`, `${flag}=warn`]),
      'warning flag',
    ),
}

function check(value: string, known: readonly string[], what: string): void {
  if (known.includes(value)) return
  const near = closestName(value, known)
  throw new NinjaError(`unknown ${what} '${value}'${near === null ? '' : `, did you mean '${near}'?`}`)
}
