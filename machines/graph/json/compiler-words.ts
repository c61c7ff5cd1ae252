import { posix } from 'node:path'

/** What a compiler's command line says about the files it writes; paths as the command names them. */
export interface CompilerWords {
  /** Value of `-o`, or what the compiler makes without it from `-c` or `-S`; absent: neither was given. */
  readonly output?: string
  /** The depfile that the command writes as it stands. */
  readonly depfile?: string
  /** Whether `-MMD -MF <file>` can be appended: a compiler in the manner of GCC, not writing a depfile yet. */
  readonly takesDepfile: boolean
}

const launchers = /^(?:ccache|sccache|distcc|icecc)$/
const compilers = /^(?:[\w.+-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+(?:\.\d+)*)?(?:\.exe)?$/

/**
 * Reads a GCC-style command line that compiles `file`. The depfile follows GCC's rules: `-MF`, `-Wp,-MD,<file>` or
 * `-Wp,-MMD,<file>`; with only `-MD` or `-MMD` the output's (without `-o` the source's) name ending in `.d`.
 */
export function readCompilerWords(words: readonly string[], file: string): CompilerWords {
  const isCompiler = compilers.test(compilerName(words))
  const stage = words.includes('-c') ? '.o' : words.includes('-S') ? '.s' : null
  const named = optionValue(words, '-o')
  const output = named ?? (stage === null ? undefined : withSuffix(posix.basename(file), stage))
  const makesDepfile = words.includes('-MD') || words.includes('-MMD')
  const derived = makesDepfile ? withSuffix(named ?? posix.basename(file), '.d') : undefined
  const preprocessor = words.map((word) => /^-Wp,-MM?D,([^,]+)$/.exec(word)?.[1]).find((path) => path !== undefined)
  const depfile = makesDepfile ? (optionValue(words, '-MF') ?? derived) : preprocessor
  const stops = words.some((word) => word === '-M' || word === '-MM' || word === '-E')
  return {
    ...(output === undefined ? {} : { output }),
    ...(depfile === undefined ? {} : { depfile }),
    takesDepfile: isCompiler && !stops && depfile === undefined && !file.endsWith('.s'),
  }
}

function compilerName(words: readonly string[]): string {
  const first = posix.basename(words[0] ?? '')
  return launchers.test(first) ? posix.basename(words[1] ?? '') : first
}

/** The last value of an option that is written `-o x` or `-ox`. */
function optionValue(words: readonly string[], option: string): string | undefined {
  for (let at = words.length - 1; at > 0; at -= 1) {
    const word = words[at]!
    if (word === option) return words[at + 1]
    if (word.startsWith(option) && words[at - 1] !== option) return word.slice(option.length)
  }
  return undefined
}

function withSuffix(path: string, suffix: string): string {
  const { dir, name } = posix.parse(path)
  return posix.join(dir, `${name}${suffix}`)
}
