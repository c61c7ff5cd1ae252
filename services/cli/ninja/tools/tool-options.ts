import { type OptionForms, OptionReader } from '../getopt.ts'

/** A tool's own options, read. */
export interface ToolOptions {
  readonly letters: ReadonlySet<string>
  readonly operands: readonly string[]
}

/** Reads the options of a tool, which all are letters without values. `undefined`: its usage is to be shown. */
export function toolOptions(
  name: string,
  args: readonly string[],
  forms: OptionForms,
  notice: (line: string) => void,
): ToolOptions | undefined {
  const letters = new Set<string>()
  const operands: string[] = []
  for (const argument of new OptionReader(args, forms)) {
    if ('operand' in argument) operands.push(argument.operand)
    else if ('option' in argument && argument.option !== 'h') letters.add(argument.option)
    else {
      if ('mistake' in argument) notice(`${name}: ${argument.mistake}`)
      return undefined
    }
  }
  return { letters, operands }
}
