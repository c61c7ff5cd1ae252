/** How a program that runs a script or another program takes its words. */
export interface Interpreter {
  readonly names: RegExp
  /** Options that are followed by a value. */
  readonly values: RegExp
  /** Options that are followed by the file to run. */
  readonly file?: RegExp
  /** Options after which no operand is a file to run: code on the command line, a module. */
  readonly code: RegExp
  /** What it looks at in the environment, by its manual. */
  readonly variables: readonly string[]
}

const never = /^\b$/

/** What runs a file that it is given: each with its manual's options and variables. */
const interpreters: readonly Interpreter[] = [
  {
    names: /^(?:python|pypy)[\d.]*$/,
    values: /^-[WXQ]$|^--check-hash-based-pycs$/,
    code: /^-[A-Za-z]*[cm]/,
    variables: ['PYTHONHASHSEED', 'PYTHONHOME', 'PYTHONIOENCODING', 'PYTHONOPTIMIZE', 'PYTHONPATH', 'PYTHONUTF8'],
  },
  {
    names: /^perl[\d.]*$/,
    values: /^-I$/,
    code: /^-[a-zA-Z]*[eE]/,
    variables: ['PERL5LIB', 'PERL5OPT', 'PERLLIB', 'PERL_HASH_SEED', 'PERL_UNICODE'],
  },
  { names: /^ruby[\d.]*$/, values: /^-[IrCEX]$/, code: /^-[a-z]*e/, variables: ['RUBYLIB', 'RUBYOPT'] },
  {
    names: /^(?:node|nodejs)[\d.]*$/,
    values: /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions)$/,
    code: /^(?:-e|-p|-pe|--eval|--print)$/,
    variables: ['NODE_OPTIONS', 'NODE_PATH'],
  },
  {
    names: /^[gmn]?awk$/,
    values: /^-[vF]$|^--(?:assign|field-separator)$/,
    file: /^(?:-[fE]|--file|--exec)$/,
    code: /^[^-]/,
    variables: ['AWKPATH', 'AWKLIBPATH', 'POSIXLY_CORRECT'],
  },
  {
    names: /^g?sed$/,
    values: /^(?:-e|--expression|-l|--line-length)$/,
    file: /^(?:-[nErsuz]*f|--file)$/,
    code: /^[^-]/,
    variables: ['POSIXLY_CORRECT'],
  },
  { names: /^lua[\d.]*$/, values: /^-l$/, code: /^-e$/, variables: ['LUA_CPATH', 'LUA_INIT', 'LUA_PATH'] },
  { names: /^tclsh[\d.]*$/, values: /^-encoding$/, code: never, variables: ['TCLLIBPATH'] },
  { names: /^Rscript$/, values: never, code: /^-e$/, variables: ['R_LIBS', 'R_LIBS_USER', 'R_PROFILE'] },
  {
    names: /^php[\d.]*$/,
    values: /^-[cdz]$/,
    file: /^-f$/,
    code: /^-[rBRE]$/,
    variables: ['PHPRC', 'PHP_INI_SCAN_DIR'],
  },
  {
    names: /^java$/,
    values: /^(?:-cp|-classpath|--class-path|-p|--module-path|--add-modules)$/,
    file: /^-jar$/,
    code: /^[^-]/,
    variables: ['CLASSPATH', 'JAVA_HOME', 'JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS'],
  },
  {
    names: /^cmake[\d.]*$/,
    values: never,
    file: /^-P$/,
    code: /^(?!-D)/,
    variables: ['CMAKE_PREFIX_PATH', 'CMAKE_BUILD_PARALLEL_LEVEL', 'DESTDIR', 'VERBOSE'],
  },
]

/** Shells: their operand is a script, and after `-c` comes a text to look into. */
const shellNames = /^(?:sh|bash|dash|ash|zsh|ksh|mksh)$/
export const shellVariables: readonly string[] = ['BASH_ENV', 'ENV', 'IFS', 'POSIXLY_CORRECT', 'SHELLOPTS']

/** A program that starts the program named after its own words. */
export interface Wrapper {
  readonly names: RegExp
  /** Options that are followed by a value. */
  readonly values: RegExp
  /** How many operands come before the program. */
  readonly operands?: number
}

const wrappers: readonly Wrapper[] = [
  { names: /^(?:ccache|sccache|distcc|icecc|buildcache|nohup|setsid|exec|command|gomacc|rewrapper)$/, values: never },
  { names: /^env$/, values: /^(?:-[uC]|--unset|--chdir)$/ },
  { names: /^nice$/, values: /^(?:-n|--adjustment)$/ },
  { names: /^ionice$/, values: /^-[cnPpu]$/ },
  { names: /^time$/, values: /^(?:-[fo]|--format|--output)$/ },
  { names: /^timeout$/, values: /^(?:-[ks]|--kill-after|--signal)$/, operands: 1 },
  { names: /^stdbuf$/, values: /^-[ioe]$/ },
  { names: /^(?:taskset|flock)$/, values: /^-[wE]$/, operands: 1 },
  { names: /^xargs$/, values: /^-[aEILnPsd]$/ },
  { names: /^(?:\w+-)*libtool$/, values: never },
]

const drivers = /^(?:[\w.+-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+(?:\.\d+)*)?$/

/** Whether a program of this name is a compiler driver in the manner of GCC. */
export function isCompilerDriver(name: string): boolean {
  return drivers.test(name)
}

const binaryTools = /^(?:[\w.+-]+-)?(?:ar|ranlib|ld|ld\.\w+|nm|objcopy|strip|as|lld|mold)(?:-\d+(?:\.\d+)*)?$/

/** Whether a program of this name is one of those that work on object files. */
function isBinaryTool(name: string): boolean {
  return binaryTools.test(name)
}

/**
 * GCC's manual, "Environment Variables Affecting GCC", with LD_RUN_PATH of the linker (ld's manual, `-rpath`); Clang's
 * manual page, "ENVIRONMENT", and the CCC_ variables of its driver. TMPDIR is left out: names of temporary files don't
 * reach what is made.
 */
export const compilerVariables: readonly string[] = [
  ...['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'OBJC_INCLUDE_PATH', 'OBJCPLUS_INCLUDE_PATH'],
  ...['COMPILER_PATH', 'GCC_EXEC_PREFIX', 'LIBRARY_PATH', 'LD_RUN_PATH'],
  ...['DEPENDENCIES_OUTPUT', 'SUNPRO_DEPENDENCIES', 'GCC_COMPARE_DEBUG', 'GCC_EXTRA_DIAGNOSTIC_OUTPUT', 'GCC_COLORS'],
  ...['CCC_OVERRIDE_OPTIONS', 'CCC_ADD_ARGS', 'CLANG_CONFIG_FILE_SYSTEM_DIR', 'CLANG_CONFIG_FILE_USER_DIR'],
  ...['MACOSX_DEPLOYMENT_TARGET', 'SDKROOT'],
]

/** Variables that add directories to the header search: with one of them set, the command line does not tell it all. */
export const headerSearchVariables: readonly string[] = compilerVariables.filter((name) =>
  /^C?PATH$|INCLUDE_PATH$/.test(name),
)

/**
 * What any program may look at without its command line saying so: the locale (sorting, messages, numbers), the time zone
 * and the agreed date of reproducible builds, and what the dynamic linker puts into a program. Left out, because they differ
 * from user to user and what is made should not depend on them: HOME, USER, PWD, TERM, TMPDIR; PATH, because the programs
 * found by it count with their contents.
 */
export const generalVariables: readonly string[] = [
  ...['LANG', 'LC_ALL', 'LC_COLLATE', 'LC_CTYPE', 'LC_MESSAGES', 'LC_NUMERIC', 'LC_TIME'],
  ...['LD_LIBRARY_PATH', 'LD_PRELOAD', 'SOURCE_DATE_EPOCH', 'TZ'],
]

/** What is known of programs of a name. */
export interface ProgramKind {
  readonly isTool: boolean
  readonly isShell: boolean
  readonly isCmake: boolean
  readonly wrapper?: Wrapper | undefined
  readonly interpreter?: Interpreter | undefined
}

/** Programs are few, and there are many commands of each. */
const kinds = new Map<string, ProgramKind>()
const kindsMax = 10_000

/** What programs of this name, without directory, are known to be. */
export function programKind(name: string): ProgramKind {
  let kind = kinds.get(name)
  if (kind === undefined) {
    kind = {
      isTool: isCompilerDriver(name) || isBinaryTool(name),
      isShell: shellNames.test(name),
      isCmake: /^cmake[\d.]*$/.test(name),
      wrapper: wrappers.find(({ names }) => names.test(name)),
      interpreter: interpreters.find(({ names }) => names.test(name)),
    }
    if (kinds.size >= kindsMax) kinds.clear()
    kinds.set(name, kind)
  }
  return kind
}

/** Commands that the shell runs itself, without a program. */
export const builtins: ReadonlySet<string> = new Set([
  ...[
    ':',
    '.',
    '[',
    'alias',
    'bg',
    'break',
    'cd',
    'continue',
    'echo',
    'eval',
    'exit',
    'export',
    'false',
    'fg',
    'getopts',
  ],
  ...['hash', 'jobs', 'kill', 'local', 'printf', 'pwd', 'read', 'readonly', 'return', 'set', 'shift', 'source', 'test'],
  ...['times', 'trap', 'true', 'type', 'ulimit', 'umask', 'unalias', 'unset', 'wait', 'case', 'exec', 'command'],
])
