import { ninjaVersion } from '../../../machines/graph/ninja/ninja-version.ts'
import { OptionReader } from './getopt.ts'
import { NinjaError } from './ninja-error.ts'

/** A command line of ninja's, read. */
export interface NinjaOptions {
  /** `-C`: where to work; absent: here. */
  readonly directory?: string
  /** `-f`. */
  readonly file: string
  /** `-j`; 0: as many as there are; absent: by the number of processors. */
  readonly jobs?: number
  /** `-k`; 0: no limit. */
  readonly failuresMax: number
  readonly isDryRun: boolean
  /** The last of `-v` and `--quiet` counts. */
  readonly verbosity: 'normal' | 'verbose' | 'quiet'
  /** `-d explain`. */
  readonly isExplaining: boolean
  /** `-t`. */
  readonly tool?: string
  /** Targets; with a tool, all that stands behind its name. */
  readonly args: readonly string[]
}

/** What else a command line can come to: a text to print, and the exit code. */
export interface NinjaAnswer {
  readonly code: number
  readonly stdout?: string
  readonly stderr?: string
}

/** Values that a later option may replace. */
type Collected = { -readonly [Key in keyof Omit<NinjaOptions, 'args'>]: NinjaOptions[Key] }

/**
 * Reads a command line as ninja does. Throws {@link NinjaError}. What is seldom asked for is loaded when it is: most of the
 * time of `--version` goes into loading modules.
 */
export async function readNinjaOptions(words: readonly string[]): Promise<NinjaOptions | NinjaAnswer> {
  const collected: Collected = {
    file: 'build.ninja',
    failuresMax: 1,
    isDryRun: false,
    verbosity: 'normal',
    isExplaining: false,
  }
  const targets: string[] = []
  const reader = new OptionReader(words, {
    short: 'd:f:j:k:l:nt:vw:C:h',
    long: { help: 'h', version: 'version', verbose: 'v', quiet: 'quiet' },
  })
  for (const argument of reader) {
    if ('mistake' in argument) return usage(`ninja: ${argument.mistake}\n`)
    if ('operand' in argument) {
      targets.push(argument.operand)
      continue
    }
    const answer = await takeOption(argument.option, argument.value, collected)
    if (answer !== undefined) return answer
    // Everything behind belongs to the tool; targets before it count for nothing.
    if (collected.tool !== undefined) return { ...collected, args: reader.rest }
  }
  return { ...collected, args: targets }
}

async function takeOption(option: string, value: string, collected: Collected): Promise<NinjaAnswer | undefined> {
  switch (option) {
    case 'C':
      collected.directory = value
      return undefined
    case 'f':
      collected.file = value
      return undefined
    case 'j':
      collected.jobs = jobs(value)
      return undefined
    case 'k':
      collected.failuresMax = failuresMax(value)
      return undefined
    case 'l':
      checkLoad(value)
      return undefined
    case 'n':
      collected.isDryRun = true
      return undefined
    case 'v':
      collected.verbosity = 'verbose'
      return undefined
    case 'quiet':
      collected.verbosity = 'quiet'
      return undefined
    case 't':
      collected.tool = value
      return undefined
    case 'd': {
      const { debugModes } = await import('./ninja-flags.ts')
      if (value === 'list') return { code: 1, stdout: debugModes.list }
      debugModes.check(value)
      collected.isExplaining ||= value === 'explain'
      return undefined
    }
    case 'w': {
      const { warningFlags } = await import('./ninja-flags.ts')
      if (value === 'list') return { code: 1, stdout: warningFlags.list }
      warningFlags.check(value)
      return undefined
    }
    case 'version':
      return { code: 0, stdout: `${ninjaVersion}\n` }
    default:
      return usage('')
  }
}

async function usage(mistake: string): Promise<NinjaAnswer> {
  const { usageText } = await import('./usage.ts')
  return { code: 1, stderr: mistake + usageText() }
}

/** As C's strtol takes it: blanks and a sign before the digits, and nothing is 0. */
const wholeNumber = /^\s*[+-]?\d+$|^$/

function jobs(value: string): number {
  if (!wholeNumber.test(value) || Number(value) < 0) throw new NinjaError('invalid -j parameter', 'fatal')
  return Number(value)
}

function failuresMax(value: string): number {
  if (!wholeNumber.test(value)) throw new NinjaError('-k parameter not numeric; did you mean -k 0?', 'fatal')
  return Math.min(Math.max(0, Number(value)), Number.MAX_SAFE_INTEGER)
}

/** What stands behind the number is no matter, as in ninja. */
function checkLoad(value: string): void {
  if (!/^\s*[+-]?(?:\d|\.\d|inf|nan)/i.test(value))
    throw new NinjaError('-l parameter not numeric: did you mean -l 0.0?', 'fatal')
}

/** What `-j0` comes to: each slot is a small process of its own. */
export const jobsUnlimited = 256
