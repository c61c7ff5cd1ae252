/**
 * The build graph: what there is to build, as every reader (ninja, JSON, compile_commands) delivers it.
 *
 * Files and tasks are numbered; everything above speaks of them by number, so that a graph of 100,000 tasks stays
 * small. A graph is plain data (it is stored in the event log as JSON) and never changes after it was read.
 */

/** Index into {@link BuildGraph.files}. */
export type FileNumber = number
/** Index into {@link BuildGraph.tasks}. */
export type TaskNumber = number

/** What a task runs: one line for `/bin/sh -c`, or an argument vector that no shell sees. */
export type Command = { readonly shell: string } | { readonly argv: readonly string[] }

/** A response file: written before the command runs, removed after it succeeded. */
export interface ResponseFile {
  readonly path: string
  readonly content: string
}

export interface Task {
  /** Unique in the graph. From ninja: the first output's path. */
  readonly id: string
  /** Absent for a phony task, which runs nothing and only groups its inputs under a name. */
  readonly command?: Command
  /** One line for people; empty when the graph gives none (the command is shown instead). */
  readonly description: string
  /** Files whose change makes the task run again: explicit inputs first, then implicit ones. */
  readonly inputs: readonly FileNumber[]
  /** How many of `inputs` are explicit (`$in`). */
  readonly explicitInputs: number
  /** Files that must be made before the task runs, and whose change does not make it run. */
  readonly orderOnly: readonly FileNumber[]
  /** Files that are built whenever this task is wanted, without the task waiting for them. */
  readonly validations: readonly FileNumber[]
  /** Every file the task makes: explicit outputs first, then implicit ones. */
  readonly outputs: readonly FileNumber[]
  /** How many of `outputs` are explicit (`$out`). */
  readonly explicitOutputs: number
  /** Path of the Makefile-style file in which the command lists what it read. */
  readonly depfile?: string
  /** `gcc`: the depfile is read and then removed; `msvc`: `/showIncludes` lines in the output. */
  readonly deps?: 'gcc' | 'msvc'
  /** With `deps: 'msvc'`: the line prefix that marks an include. */
  readonly depsPrefix?: string
  /** A file, made by another task, that adds inputs and outputs to this one; also among the inputs or orderOnly. */
  readonly dyndep?: FileNumber
  /** The command may leave an output as it was (ninja `restat`). Millrace compares contents in any case. */
  readonly restat?: true
  /** The task writes the build graph itself (re-runs CMake); a changed command does not make it run. */
  readonly generator?: true
  /** Name of the pool that bounds how many such tasks run at once; `console` gives the terminal to one. */
  readonly pool?: string
  readonly rspfile?: ResponseFile
  /** Working directory, relative to the graph's directory or absolute; absent: the graph's directory. */
  readonly cwd?: string
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Properties that the machine which runs the task must offer. */
  readonly platform?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** How often a failed attempt is tried again; absent: never. */
  readonly retries?: number
  /** Larger runs earlier, under the `priority` policy; absent: 0. */
  readonly priority?: number
  /** `false`: the result may not be taken from a cache nor put there. */
  readonly cacheable?: false
}

export interface BuildGraph {
  /** Paths, canonical (no `.`, no inner `..`, no `//`), relative to the graph's directory or absolute. */
  readonly files: readonly string[]
  readonly tasks: readonly Task[]
  /** Pool name to depth; 0 is unbounded. `console` (depth 1) is always there. */
  readonly pools: Readonly<Record<string, number>>
  /** Files built when no target is named; empty: every file that no task reads. */
  readonly defaults: readonly FileNumber[]
}

/** A graph that can't be used. `line` and `column` count from 1; absent where the format has none. */
export interface GraphError {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** One line: what is wrong. */
  readonly message: string
  /** One line: how to mend it, where there is more to say than the message does. */
  readonly mend?: string
}

export type GraphResult =
  | { readonly ok: true; readonly graph: BuildGraph; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: GraphError }

/** `file:line:column: message`, without what is absent. */
export function formatGraphError(error: GraphError): string {
  const place = [error.file, error.line, error.column].filter((part) => part !== undefined).join(':')
  return `${place}: ${error.message}${error.mend ? ` (${error.mend})` : ''}`
}
