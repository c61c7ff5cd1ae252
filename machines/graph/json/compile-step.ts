import type { Command, ResponseFile } from '../build-graph.ts'
import { quoteShellWord } from '../shell-words.ts'

/** A compiler run to be put together; paths as the command is to name them. */
export interface CompileRequest {
  readonly compiler: string
  readonly flags: readonly string[]
  readonly sources: readonly string[]
  /** Object files, archives and shared objects to link. */
  readonly objects: readonly string[]
  readonly output: string
}

export interface CompileStep {
  readonly command: Command
  /** Where the command lists the headers it read. */
  readonly depfile?: string
  readonly rspfile?: ResponseFile
  /** Whether the objects are on the command line; false when it only compiles. */
  readonly linksObjects: boolean
}

export interface CompileRefusal {
  readonly message: string
  readonly mend: string
}

/** Beyond this many characters of object names the linker gets them in a response file: Linux limits one argument. */
const objectsLengthMax = 64 * 1024

const linkable = /\.(?:o|a|so(?:\.\d+)*)$/

/** Whether a path names something the linker takes: `.o`, `.a`, `.so`, `.so.1.2`. */
export function isLinkable(path: string): boolean {
  return linkable.test(path)
}

/**
 * Puts the command together that makes `output`: compile only (`-c`) for an output in `.o`, else compile and link.
 * The order is compiler, flags, sources, objects (`.o`, then `.a`, then `.so`, each in the order given), `-o`, libraries:
 * a linker takes from an archive only what something before it asked for.
 *
 * Headers: one source gets `-MMD -MF <output>.d`. With several sources each would overwrite the others' depfile (tried
 * with GCC 12), so a `-MM` run before the build writes one depfile for all of them.
 *
 * Refused: several sources for one object file, nothing to link, an archive (which `ar` makes, not the compiler).
 */
export function compileStep(request: CompileRequest): CompileStep | CompileRefusal {
  const { sources, output } = request
  const compilesOnly = isCompileOnly(request)
  if (compilesOnly && sources.length > 1) {
    const message = `${sources.length} source_files can't be compiled to one object file, ${JSON.stringify(output)}`
    return { message, mend: 'give each source its own task, or link by an output_path that does not end in .o' }
  }
  if (output.endsWith('.a')) {
    const message = `the compiler can't make the archive ${JSON.stringify(output)}`
    return { message, mend: `make it with "command": ["ar", "rcs", ${JSON.stringify(output)}, ...]` }
  }
  const objects = compilesOnly ? [] : orderForLinker(request.objects)
  if (sources.length + objects.length === 0) {
    const message = `nothing to make ${JSON.stringify(output)} from`
    return { message, mend: 'give source_files, object files among the dependencies, depends_on, or a command' }
  }
  return commandStep(request, objects, compilesOnly)
}

function commandStep(request: CompileRequest, objects: readonly string[], compilesOnly: boolean): CompileStep {
  const { compiler, sources, output } = request
  const { options, libraries } = splitFlags(request.flags)
  const addsCompileFlag = compilesOnly && !options.some(stopsBeforeLink)
  const named = sources.map(asOperand)
  const inFile = objects.reduce((sum, path) => sum + path.length + 1, 0) > objectsLengthMax
  const rspfile = {
    path: `${output}.rsp`,
    content: objects.map((path) => `${escapeForResponse(asOperand(path))}\n`).join(''),
  }
  const linked = inFile ? [`@${asOperand(rspfile.path)}`] : objects.map(asOperand)
  const argv = [
    compiler,
    ...options,
    ...(addsCompileFlag ? ['-c'] : []),
    ...named,
    ...linked,
    '-o',
    output,
    ...libraries,
  ]
  const linking = { linksObjects: !compilesOnly, ...(inFile ? { rspfile } : {}) }
  const scanned = sources.flatMap((path, index) => (isUnpreprocessed(path) ? [] : [named[index]!]))
  if (scanned.length === 0) return { command: { argv }, ...linking }
  const depfile = `${output}.d`
  if (sources.length === 1) return { command: { argv: [...argv, '-MMD', '-MF', depfile] }, depfile, ...linking }
  const scan = [compiler, ...options, '-MM', '-MQ', output, ...scanned].map(quoteShellWord).join(' ')
  const shell = `${scan} > ${quoteShellWord(depfile)} && ${argv.map(quoteShellWord).join(' ')}`
  return { command: { shell }, depfile, ...linking }
}

function isCompileOnly({ sources, output, flags }: CompileRequest): boolean {
  if (flags.some(stopsBeforeLink)) return true
  return sources.length > 0 && output.endsWith('.o') && !flags.includes('-r')
}

function stopsBeforeLink(flag: string): boolean {
  return flag === '-c' || flag === '-S' || flag === '-E'
}

/** Assembly that the compiler passes on as it is: it has no headers, and no depfile is written for it. */
function isUnpreprocessed(path: string): boolean {
  return path.endsWith('.s')
}

const rankOf = (path: string) => (path.endsWith('.o') ? 0 : path.endsWith('.a') ? 1 : 2)

function orderForLinker(objects: readonly string[]): string[] {
  return objects.toSorted((left, right) => rankOf(left) - rankOf(right))
}

/** Options whose value is the next argument, so that a value which looks like a library stays where it is. */
const takesValue = new Set([
  ...[
    '-D',
    '-I',
    '-L',
    '-MF',
    '-MQ',
    '-MT',
    '-T',
    '-U',
    '-Xassembler',
    '-Xclang',
    '-Xpreprocessor',
    '-arch',
    '-e',
    '-h',
  ],
  ...['-idirafter', '-imacros', '-include', '-iquote', '-isysroot', '-isystem', '-o', '-target', '-u', '-x', '-z'],
])
const linksWithValue = new Set(['-l', '-Xlinker', '-framework'])

/** Parts the flags in those whose place among the objects matters to the linker, and the rest. */
function splitFlags(flags: readonly string[]): { options: string[]; libraries: string[] } {
  const options: string[] = []
  const libraries: string[] = []
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at]!
    const isLibrary = /^-l|^-Wl,|^-Xlinker$|^-framework$/.test(flag) || (isLinkable(flag) && !flag.startsWith('-'))
    const part = isLibrary ? libraries : options
    part.push(flag)
    if ((takesValue.has(flag) || linksWithValue.has(flag)) && at + 1 < flags.length) {
      at += 1
      part.push(flags[at]!)
    }
  }
  return { options, libraries }
}

/** A path that the compiler can't take for an option or a response file. */
function asOperand(path: string): string {
  return path.startsWith('-') || path.startsWith('@') ? `./${path}` : path
}

function escapeForResponse(path: string): string {
  return path.replaceAll(/[\s'"\\]/g, '\\$&')
}
