import { type Digest, digestOf, type FileVersion } from '../../events/digest.ts'
import { type Surroundings, surroundingsDigest, type VariableValue } from '../../events/surroundings.ts'
import { lookIfAllReadable, lookIfReadable, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import type { Toolchain, ToolParts } from '../../infra/toolchain/toolchain.ts'
import { type CommandNeeds, commandNeeds } from '../../machines/commands/command-needs.ts'
import { headerSearchVariables } from '../../machines/commands/program-kinds.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import { canonicalize } from '../../machines/graph/ninja/canonical-path.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import type { TaskNow } from '../../machines/keys/run-reason.ts'
import { whenReady } from '../when-ready.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What tells the surroundings of commands. */
export interface SurroundingsContext {
  readonly tree: SourceTree
  readonly toolchain: Toolchain
  /** What commands inherit. */
  readonly environment: Environment
  /** Where programs are looked for, in place of what the environment says. */
  readonly searchPath?: string
  /** Variables that count for every command. */
  readonly addedVariables?: readonly string[]
}

/**
 * What each task's command finds around it. Programs are told by their content; those that the build makes itself are
 * inputs like others and left out here.
 */
export class TaskSurroundings {
  readonly #tasks: TaskGraph
  readonly #context: SurroundingsContext
  readonly #needs: (CommandNeeds | undefined)[]
  /** By what the command needs, and by the environment that its task adds. */
  readonly #known = new Map<CommandNeeds, Map<string, KnownSurroundings>>()

  constructor(tasks: TaskGraph, context: SurroundingsContext) {
    this.#tasks = tasks
    this.#context = context
    this.#needs = new Array(tasks.graph.tasks.length)
  }

  /** Looks at the task's programs; at once unless a large one has to be read or a compiler asked. */
  prepare(task: TaskNumber): void | Promise<void> {
    const needs = this.#needsOf(task)
    const { env } = this.#tasks.graph.tasks[task]!
    const byEnvironment = this.#known.get(needs) ?? new Map<string, KnownSurroundings>()
    this.#known.set(needs, byEnvironment)
    const key = env === undefined ? '' : JSON.stringify(env)
    const known = byEnvironment.get(key)
    if (known !== undefined) return known.now === undefined ? known.preparing : undefined
    const found = whenReady(this.#find(needs, env), (surroundings) => {
      byEnvironment.set(key, surroundings)
    })
    if (found instanceof Promise) byEnvironment.set(key, { preparing: found })
    return found
  }

  /** What the command finds around it. Throws for a task that was not prepared. */
  of(task: TaskNumber): TaskNow['surroundings'] {
    return this.#knownOf(task).now
  }

  /** Where the task's compiler looks for headers by itself, in order; none for other programs. */
  headerDirectories(task: TaskNumber): readonly string[] {
    return this.#knownOf(task).headerDirectories
  }

  /** Values of all variables that matter to a task that was prepared, and where programs are looked for. */
  variables(): readonly VariableValue[] {
    const names = new Set(['PATH'])
    for (const { variables } of this.#known.keys()) for (const name of variables) names.add(name)
    return [...names].map((name) => variableValue(name, this.#context.environment))
  }

  /** All programs of tasks that were prepared, what they are made of included. */
  tools(): readonly FileVersion[] {
    const all = new Map<string, FileVersion>()
    for (const byEnvironment of this.#known.values())
      for (const { now } of byEnvironment.values()) for (const tool of now?.content.tools ?? []) all.set(tool[0], tool)
    return [...all.values()]
  }

  #needsOf(task: TaskNumber): CommandNeeds {
    const { command, cwd } = this.#tasks.graph.tasks[task]!
    this.#needs[task] ??= commandNeeds(command!, cwd)
    return this.#needs[task]
  }

  #knownOf(task: TaskNumber): FoundSurroundings {
    const { env } = this.#tasks.graph.tasks[task]!
    const known = this.#known.get(this.#needsOf(task))?.get(env === undefined ? '' : JSON.stringify(env))
    if (known?.now === undefined) throw new Error(`nothing is known of what task ${task} finds around it`)
    return known
  }

  #find(needs: CommandNeeds, env: Environment = {}): FoundSurroundings | Promise<FoundSurroundings> {
    const isOurs = (file: string) => this.#tasks.makerOfPath(canonicalize(file)) !== undefined
    const { environment, searchPath, addedVariables = [] } = this.#context
    const path = env.PATH ?? searchPath ?? environment.PATH ?? ''
    const found: string[] = []
    const missing: FileVersion[] = []
    for (const program of needs.programs) {
      const file = program.includes('/') ? program : this.#inSearchPath(program, path)
      if (file === undefined) missing.push([program, null])
      else if (!isOurs(file)) found.push(file)
    }
    // What the task sets itself is part of its command.
    const names = [...new Set([...needs.variables, ...addedVariables])].filter((name) => !(name in env))
    const variables = names.map((name) => variableValue(name, this.#context.environment))
    return whenReady(this.#partsOf(found), (parts) => {
      const scripts = needs.scripts.filter((script) => !isOurs(script))
      const files = [...new Set([...found, ...scripts, ...parts.flatMap((part) => part.files)])]
      return whenReady(this.#versions(files), (tools) => {
        const content: Surroundings = { tools: [...tools, ...missing], variables }
        return {
          now: { digest: surroundingsDigest(content), content },
          headerDirectories: headerDirectories(parts, { ...this.#context.environment, ...env }),
        }
      })
    })
  }

  #partsOf(programs: readonly string[]): readonly ToolParts[] | Promise<readonly ToolParts[]> {
    const parts = programs.map((program) => this.#context.toolchain.parts(program))
    const isThere = (part: ToolParts | Promise<ToolParts>): part is ToolParts => !(part instanceof Promise)
    return parts.every(isThere) ? parts : Promise.all(parts)
  }

  /** A program that may not be read is told by when it was changed. */
  #versions(files: readonly string[]): readonly FileVersion[] | Promise<readonly FileVersion[]> {
    const { tree } = this.#context
    return whenReady(lookIfAllReadable(tree, files), (isReadable) =>
      files.map((file, i): FileVersion => [file, isReadable[i] ? tree.digest(file) : unreadable(tree, file)]),
    )
  }

  /** Looks at each place, so that a program which appears earlier in the search path is noticed. */
  #inSearchPath(program: string, path: string): string | undefined {
    const { tree } = this.#context
    for (const directory of path.split(':')) {
      if (!directory.startsWith('/')) continue
      const file = `${directory}/${program}`
      const looked = lookIfReadable(tree, file)
      // A large one is still being read; a directory of that name, and a place that may not be looked into, are passed over.
      if (looked instanceof Promise || (looked && tree.digest(file) !== null && !tree.isDirectory(file))) return file
    }
    return undefined
  }
}

function unreadable(tree: SourceTree, file: string): Digest {
  return digestOf(`unreadable since ${tree.modifiedAt(file)}`)
}

/** Where compilers look after what their command lines say: first where the environment says, then in their own places. */
function headerDirectories(parts: readonly ToolParts[], environment: Environment): readonly string[] {
  const own = parts.flatMap((part) => part.headerDirectories)
  if (own.length === 0) return own
  const added = headerSearchVariables.flatMap((name) => environment[name]?.split(':') ?? [])
  return [...new Set([...added.map((directory) => canonicalize(directory || '.')), ...own])]
}

interface FoundSurroundings {
  readonly now: TaskNow['surroundings']
  readonly headerDirectories: readonly string[]
}

type KnownSurroundings = FoundSurroundings | { readonly now?: undefined; readonly preparing: Promise<void> }

/** Digests of the variables' values in an environment. */
export function variableValue(name: string, environment: Environment): VariableValue {
  const value = environment[name]
  return [name, value === undefined ? null : digestOf(value)]
}
