import { canonicalize } from './ninja/canonical-path.ts'

/** How the English Visual C++ marks a header with /showIncludes. */
const ENGLISH_PREFIX = 'Note: including file: '
/** Headers of the compiler and system are no dependencies; the same heuristic as ninja's. */
const SYSTEM_INCLUDE = /program files|microsoft visual studio/i
/** cl.exe prints the name of the source it compiles. */
const SOURCE_NAME = /\.(?:c|cc|cxx|cpp|c\+\+)$/i
const LINE_END = /\r\n|\r|\n/g

export interface ShowIncludes {
  /** Headers read, canonical, each once, in order; those of the system left out. */
  readonly inputs: readonly string[]
  /** What is left for people to read; every line ends with a newline. */
  readonly output: string
}

/**
 * Splits what a Visual C++ compiler printed with /showIncludes into the headers it read and the rest, as ninja does for
 * `deps = msvc`. An empty prefix is the English one. The compiled source's name, which is printed first, is dropped.
 */
export function parseShowIncludes(output: string, prefix: string = ENGLISH_PREFIX): ShowIncludes {
  const marker = prefix === '' ? ENGLISH_PREFIX : prefix
  const inputs = new Set<string>()
  const kept: string[] = []
  let sawInclude = false
  const lines = output.split(LINE_END)
  // What follows the last newline is a line only if there is something.
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const include = line.startsWith(marker) ? line.slice(marker.length).replace(/^ +/, '') : ''
    if (include !== '') {
      sawInclude = true
      const path = canonicalize(include)
      if (!SYSTEM_INCLUDE.test(path)) inputs.add(path)
    } else if (sawInclude || !SOURCE_NAME.test(line)) {
      kept.push(line)
    }
  }
  return { inputs: [...inputs], output: kept.map((line) => `${line}\n`).join('') }
}
