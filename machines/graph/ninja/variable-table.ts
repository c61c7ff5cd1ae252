/** The variables a rule may define, by their numbers; any other name in a rule is an error. */
export const RULE_VARIABLES = {
  command: 0,
  depfile: 1,
  deps: 2,
  description: 3,
  dyndep: 4,
  generator: 5,
  msvc_deps_prefix: 6,
  pool: 7,
  restat: 8,
  rspfile: 9,
  rspfile_content: 10,
} as const

/** Variables numbered below this may be defined by a rule. */
export const RULE_VARIABLE_COUNT = 11

/** Built-in variables of an edge: its explicit inputs, the same with one a line, its explicit outputs. */
export const IN = 11
export const IN_NEWLINE = 12
export const OUT = 13

/** Names of variables as small numbers, so that looking one up compares no text. */
export class VariableTable {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  readonly #bindingPrefixes: string[] = []
  /** Which variable an edge bound after this one, last time; the first entry is for the first of an edge. */
  readonly #next: number[] = [-1]

  constructor() {
    for (const name of Object.keys(RULE_VARIABLES)) this.number(name)
    for (const name of ['in', 'in_newline', 'out']) this.number(name)
  }

  number(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#names.length
    this.#numbers.set(name, number)
    this.#names.push(name)
    this.#bindingPrefixes.push(`  ${name} = `)
    this.#next.push(-1)
    return number
  }

  name(number: number): string {
    return this.#names[number]!
  }

  /** How generators write the start of an edge's binding of this variable. */
  bindingPrefix(number: number): string {
    return this.#bindingPrefixes[number]!
  }

  /** The variable expected after `previous` (-1: at the start of an edge's bindings); -1 when there is none yet. */
  next(previous: number): number {
    return this.#next[previous + 1]!
  }

  setNext(previous: number, variable: number): void {
    this.#next[previous + 1] = variable
  }
}
