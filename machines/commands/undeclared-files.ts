/**
 * Flags by which a compiler or linker writes files besides its output and its depfile. GCC's manual, "Debugging Options",
 * "Developer Options", "Instrumentation Options", "Overall Options" (auxiliary outputs); Clang's command line reference;
 * ld's and lld's manuals. Not among them: `-fprofile-generate` and `-pg`, with which the built program writes files.
 */
const writing: readonly RegExp[] = [
  /^-gsplit-dwarf/,
  /^--?coverage$|^-ftest-coverage$/,
  /^--?save-(?:temps|stats)/,
  /^-fstack-usage$|^-fcallgraph-info/,
  /^-fdump-|^-da$|^-aux-info/,
  /^-fopt-info.*=|^-fsave-optimization-record|^-foptimization-record/,
  /^-fdiagnostics-(?:format=\w+-file|add-output|set-output)|^--?serialize-diagnostics/,
  /^-ftime-trace|^-fproc-stat-report=|^-index-store-path|^-MJ/,
  /^-fmodules|^-fmodule-(?:output|mapper)|^-fimplicit-modules/,
  /^-Wa,.*-(?:a[a-z]*=|-?MD)/,
]

/** The same for what reaches the linker, by `-Wl,`, `-Xlinker` or its own command line. */
const linkerWriting: readonly RegExp[] = [
  /^--?Map\b/,
  /^--?(?:out-implib|dependency-file|reproduce|time-trace|thinlto-cache-dir|lto-sample-profile-file=)/,
  /^-?-plugin-opt=(?:save-temps|cache-dir|dwo_dir|stats-file)/,
  /^--?(?:save-temps|opt-remarks-filename)/,
]

/**
 * Flags by which it reads files that neither the graph nor a depfile has to name: profiles, plugins, specs, and the
 * linker's scripts.
 */
const reading: readonly RegExp[] = [
  /^-fprofile-(?:use|instr-use|sample-use)|^-fauto-profile|^-fbranch-probabilities/,
  /^-fplugin=|^-fpass-plugin=|^--?specs(?:=|$)|^-wrapper$|^-B|^--config/,
  /^-fmodules|^-fmodule-(?:file|map-file|mapper)|^-fprebuilt-module/,
]

const linkerReading: readonly RegExp[] = [
  /^-T(?!text|data|bss|rodata|ldata)|^--?(?:script|version-script|dynamic-list|retain-symbols-file|symbol-ordering-file)\b/,
  /^--?(?:default-script|just-symbols|plugin$|plugin=)/,
]

/** `flag` itself, when it makes a compiler or linker write files that no build graph declares. */
export function writesUndeclared(flag: string): string | undefined {
  return matches(flag, writing, linkerWriting)
}

/** `flag` itself, when it makes a compiler or linker read files that need not be declared. */
export function readsUndeclared(flag: string): string | undefined {
  return matches(flag, reading, linkerReading)
}

function matches(flag: string, compiler: readonly RegExp[], linker: readonly RegExp[]): string | undefined {
  if (commonFlag.test(flag)) return undefined
  if (flag.startsWith('-Wl,')) {
    const parts = flag.slice(4).split(',')
    return parts.some((part) => linker.some((pattern) => pattern.test(part))) ? flag : undefined
  }
  return compiler.some((pattern) => pattern.test(flag)) || linker.some((pattern) => pattern.test(flag))
    ? flag
    : undefined
}

/** No flag, or one of those that most command lines are made of and that have nothing to do with files. */
const commonFlag = /^(?:[^-]|$|-[DIOUlo]|-c$|-g(?!split)|-W(?![al],)|-std|-M(?![Ja]))/
