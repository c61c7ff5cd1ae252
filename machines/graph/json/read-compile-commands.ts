import { posix } from 'node:path'
import type { Command, GraphResult, Task } from '../build-graph.ts'
import { quoteShellWord, splitShellWords } from '../shell-words.ts'
import { validateGraph } from '../validate-graph.ts'
import { type CompileCommand, compileCommandsShape } from './compile-commands-shape.ts'
import { readCompilerWords } from './compiler-words.ts'
import { type JsonDefect, type JsonDocumentForm, locateJsonDefect, parseJsonDocument, quoteName } from './document.ts'
import { canonicalPath, FileTable } from './file-table.ts'

/** The text of a compilation database. */
export interface CompileCommandsSource {
  /** Name of the file, for messages. */
  readonly file: string
  readonly text: string
  /** Absolute path of the graph's directory; paths inside it become relative to it. */
  readonly directory: string
}

/**
 * Reads a JSON compilation database (`compile_commands.json`): one task for each entry, which runs its command in its
 * `directory`. The task's id is its output: `output`, else what `-o` names, else what `-c` or `-S` makes of the file.
 *
 * Headers: a command that writes a depfile (`-MD`, `-MMD`, `-Wp,-MD,<file>`) keeps it. To others `-MMD -MF <output>.d` is
 * appended if the program, perhaps behind ccache, sccache, distcc or icecc, is named like gcc, g++, cc, c++, clang or
 * clang++ (with a target prefix or a version). Of a shell line that is more than one plain command nothing is known but
 * `output`: it runs as it is, with a warning that its headers are not seen; so is a command of another compiler.
 *
 * Errors: not JSON, another shape, no output to be found, two entries with one output.
 */
export function readCompileCommands({ file, text, directory }: CompileCommandsSource): GraphResult {
  const document = parseJsonDocument(file, text, form)
  if (!document.ok) return document
  const files = new FileTable()
  const tasks: Task[] = []
  const entryByOutput = new Map<string, number>()
  const blind: string[] = []
  for (const [number, entry] of document.value.entries()) {
    const task = readEntry(entry, number, posix.resolve(directory), files)
    if ('message' in task) return { ok: false, error: locateJsonDefect(file, text, task) }
    const earlier = entryByOutput.get(task.id)
    if (earlier !== undefined) {
      const message = `entry ${number + 1}: ${quoteName(task.id)} is already the output of entry ${earlier + 1}`
      return { ok: false, error: locateJsonDefect(file, text, { path: [number], message, earlier: [earlier] }) }
    }
    entryByOutput.set(task.id, number)
    if (task.depfile === undefined && !files.paths[task.inputs[0]!]!.endsWith('.s')) blind.push(task.id)
    tasks.push(task)
  }
  const graph = { files: files.paths, tasks, pools: { console: 1 }, defaults: [] }
  const defect = validateGraph(graph)
  if (defect !== null) {
    const path = defect.task === undefined ? [] : [defect.task]
    return { ok: false, error: locateJsonDefect(file, text, { path, message: defect.message }) }
  }
  return { ok: true, graph, warnings: blind.length === 0 ? [] : [blindWarning(file, blind)] }
}

function readEntry(entry: CompileCommand, number: number, root: string, files: FileTable): Task | JsonDefect {
  const { command: line, arguments: argv } = entry
  const subject = `entry ${number + 1} (${quoteName(entry.file)})`
  if ((line === undefined) === (argv === undefined)) {
    const message = `${subject}: ${line === undefined ? 'neither command nor arguments' : 'both command and arguments'}`
    return { path: [number], message, mend: 'give one of the two' }
  }
  const directory = posix.resolve(root, entry.directory)
  const place = (path: string) => relativeInside(root, posix.resolve(directory, path))
  const words = argv ?? splitShellWords(line!)
  const known = words === null ? { takesDepfile: false } : readCompilerWords(words, entry.file)
  const written = entry.output ?? known.output
  if (written === undefined) {
    return { path: [number], message: `${subject}: no output`, mend: 'give "output", or -o or -c in the command' }
  }
  const added = known.takesDepfile ? `${written}.d` : undefined
  const output = place(written)
  const depfile = known.depfile ?? added
  return {
    id: output,
    command: withDepfile(argv === undefined ? { shell: line! } : { argv }, added),
    description: '',
    inputs: [files.add(place(entry.file))],
    explicitInputs: 1,
    orderOnly: [],
    validations: [],
    outputs: [files.add(output)],
    explicitOutputs: 1,
    ...(depfile === undefined ? {} : { depfile: place(depfile), deps: 'gcc' }),
    ...(directory === root ? {} : { cwd: relativeInside(root, directory) }),
  }
}

function withDepfile(command: Command, depfile: string | undefined): Command {
  if (depfile === undefined) return command
  if ('argv' in command) return { argv: [...command.argv, '-MMD', '-MF', depfile] }
  return { shell: `${command.shell} -MMD -MF ${quoteShellWord(depfile)}` }
}

/** `path` relative to `root` if it is inside, else as it is; both absolute and canonical. */
function relativeInside(root: string, path: string): string {
  if (path === root) return '.'
  const prefix = root.endsWith('/') ? root : `${root}/`
  return canonicalPath(path.startsWith(prefix) ? path.slice(prefix.length) : path)
}

function blindWarning(file: string, outputs: readonly string[]): string {
  const others = outputs.length > 1 ? ` and ${outputs.length - 1} more` : ''
  return `${file}: changes of headers are not seen for ${quoteName(outputs[0]!)}${others}: the command writes no depfile`
}

const form: JsonDocumentForm<CompileCommand[]> = {
  shape: compileCommandsShape,
  name: 'the compilation database',
  describe(path) {
    const [number] = path
    if (typeof number !== 'number') return { subject: '', property: path }
    return { subject: `entry ${number + 1}: `, property: path.slice(1) }
  },
  propertyNames: () => [],
}
