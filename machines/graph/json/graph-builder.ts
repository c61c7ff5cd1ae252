import type { BuildGraph, FileNumber, Task, TaskNumber } from '../build-graph.ts'
import { closestName } from '../closest-name.ts'
import { compileStep, isLinkable } from './compile-step.ts'
import { type JsonDefect, quoteName } from './document.ts'
import { canonicalPath } from './file-table.ts'
import type { JsonGraph, JsonTask } from './graph-shape.ts'
import { formOf, JsonTaskTable, suggestion } from './task-table.ts'

export type JsonGraphBuild =
  | { readonly ok: true; readonly graph: BuildGraph }
  | { readonly ok: false; readonly defect: JsonDefect }

/** Makes the build graph of a document that has the right shape. Task numbers are the positions in `tasks`. */
export function buildJsonGraph(json: JsonGraph, compiler: string): JsonGraphBuild {
  const table = new JsonTaskTable(json)
  const graph = new JsonGraphBuilder(json, compiler, table).build()
  return table.defect === null ? { ok: true, graph } : { ok: false, defect: table.defect }
}

type TaskDraft = { -readonly [Property in keyof Task]: Task[Property] }

class JsonGraphBuilder {
  readonly #json: JsonGraph
  readonly #compiler: string
  readonly #table: JsonTaskTable
  /** Canonical paths of depfiles and response files, which are removed after use. */
  readonly #removed = new Map<string, TaskNumber>()

  constructor(json: JsonGraph, compiler: string, table: JsonTaskTable) {
    this.#json = json
    this.#compiler = compiler
    this.#table = table
  }

  build(): BuildGraph {
    const { tasks } = this.#json
    const built = tasks.map((task, number) => this.#buildTask(task, number))
    for (const [path, number] of this.#removed) {
      if (this.#table.files.find(path) === undefined) continue
      const message = `${quoteName(path)} is removed after the command, so it can't be an input or output`
      this.#table.failTask(number, ['depfile'], message)
    }
    return { files: this.#table.files.paths, tasks: built, pools: this.#buildPools(), defaults: this.#buildDefaults() }
  }

  #buildTask(task: JsonTask, number: TaskNumber): Task {
    const form = formOf(task)
    const draft: TaskDraft = {
      id: task.id,
      description: task.description ?? '',
      inputs: [],
      explicitInputs: 0,
      orderOnly: [],
      validations: [],
      outputs: this.#table.outputs[number]!,
      explicitOutputs: this.#table.outputs[number]!.length,
    }
    const made = this.#table.dependencyOutputs(task, number)
    if (form === 'compile') this.#addCompileStep(draft, task, number, made)
    else {
      const named = this.#table.numbersOf(task.inputs, task.dependencies, task.source_files)
      draft.inputs = [...named.union(new Set(made))]
      draft.explicitInputs = form === 'group' ? draft.inputs.length : named.size
    }
    if (form === 'group' && draft.inputs.length === 0) {
      this.#table.failTask(
        number,
        [],
        'nothing to do',
        'give a command, source_files with an output_path, or depends_on',
      )
    }
    if (form === 'command') this.#addCommand(draft, task, number)
    else this.#refuseWithoutCommand(task, number)
    if (form !== 'group') this.#addLimits(draft, task, number)
    return draft
  }

  #addCommand(draft: TaskDraft, task: JsonTask, number: TaskNumber): void {
    const { command, cwd, depfile } = task
    draft.command = typeof command === 'string' ? { shell: command } : { argv: command! }
    if (Array.isArray(command) && command[0] === '')
      this.#table.failTask(number, ['command', 0], 'the program has no name')
    if (task.compile_flags?.length)
      this.#table.failTask(number, ['compile_flags'], 'compile_flags have no use with a command')
    if (cwd !== undefined) draft.cwd = canonicalPath(cwd)
    if (depfile === undefined) return
    draft.depfile = canonicalPath(depfile)
    draft.deps = 'gcc'
    this.#table.checkBelowDirectory(number, ['depfile'], depfile)
    this.#addRemoved(draft.depfile, number)
  }

  #refuseWithoutCommand(task: JsonTask, number: TaskNumber): void {
    for (const property of ['cwd', 'depfile'] as const) {
      if (task[property] !== undefined)
        this.#table.failTask(number, [property], `${property} is only for tasks with a command`)
    }
  }

  #addCompileStep(draft: TaskDraft, task: JsonTask, number: TaskNumber, made: readonly FileNumber[]): void {
    const { paths } = this.#table.files
    const named = this.#table.numbersOf(task.source_files, task.dependencies, made, this.#table.groupedOutputs(task))
    const given = this.#table.numbersOf(task.source_files)
    const sources = [...given].filter((file) => !isLinkable(paths[file]!))
    const objects = [...named].filter((file) => isLinkable(paths[file]!))
    const step = compileStep({
      compiler: this.#compiler,
      flags: task.compile_flags ?? [],
      sources: sources.map((file) => paths[file]!),
      objects: objects.map((file) => paths[file]!),
      output: paths[draft.outputs[0] ?? 0] ?? '',
    })
    if ('message' in step) {
      this.#table.failTask(number, ['output_path'], step.message, step.mend)
      return
    }
    const explicit = this.#table.numbersOf(sources, step.linksObjects ? objects : [])
    draft.inputs = [...this.#table.numbersOf([...explicit], [...named], task.inputs)]
    draft.explicitInputs = explicit.size
    draft.command = step.command
    if (step.rspfile) {
      draft.rspfile = step.rspfile
      this.#addRemoved(step.rspfile.path, number)
    }
    if (step.depfile === undefined) return
    draft.depfile = step.depfile
    draft.deps = 'gcc'
    this.#addRemoved(step.depfile, number)
  }

  #addLimits(draft: TaskDraft, task: JsonTask, number: TaskNumber): void {
    for (const name of ['env', 'platform'] as const) {
      const values = task[name]
      if (values === undefined) continue
      const wrong = Object.keys(values).find((key) => key === '__proto__' || (name === 'env' && key.includes('=')))
      if (wrong !== undefined)
        this.#table.failTask(number, [name, wrong], `${name} can't have the name ${quoteName(wrong)}`)
      draft[name] = values
    }
    if (task.timeout_seconds !== undefined) draft.timeoutMs = task.timeout_seconds * 1000
    if (task.retries !== undefined) draft.retries = task.retries
    if (task.priority !== undefined) draft.priority = task.priority
    if (task.cacheable === false) draft.cacheable = false
    if (task.pool === undefined) return
    draft.pool = task.pool
    const pools = this.#json.pools ?? {}
    if (task.pool === 'console' || Object.hasOwn(pools, task.pool)) return
    const near = closestName(task.pool, [...Object.keys(pools), 'console'])
    this.#table.failTask(number, ['pool'], `unknown pool ${quoteName(task.pool)}`, suggestion(near))
  }

  #addRemoved(path: string, number: TaskNumber): void {
    const other = this.#removed.get(path)
    if (other !== undefined) {
      const message = `its ${quoteName(path)} is also that of task ${quoteName(this.#json.tasks[other]!.id)}`
      this.#table.failTask(number, ['depfile'], message)
    }
    this.#removed.set(path, number)
  }

  #buildPools(): Record<string, number> {
    const pools = this.#json.pools ?? {}
    if (Object.hasOwn(pools, '__proto__')) {
      this.#table.fail({ path: ['pools', '__proto__'], message: 'a pool can\'t have the name "__proto__"' })
    }
    if (Object.hasOwn(pools, 'console') && pools.console !== 1) {
      this.#table.fail({ path: ['pools', 'console'], message: 'the depth of pool "console" is always 1' })
    }
    return { ...pools, console: 1 }
  }

  #buildDefaults(): FileNumber[] {
    const { default_targets: targets, defaults } = this.#json
    if (targets && defaults) {
      const mend = 'give only one of the two'
      this.#table.fail({ path: ['defaults'], at: 'key', message: 'defaults means the same as default_targets', mend })
    }
    const property = targets ? 'default_targets' : 'defaults'
    const files = (targets ?? defaults ?? []).flatMap((name, index) => {
      const number = this.#table.numberById.get(name)
      if (number !== undefined) return this.#table.outputs[number]!
      const file = this.#table.files.find(name)
      if (file !== undefined) return [file]
      const near = this.#table.defect
        ? null
        : closestName(name, [...this.#table.numberById.keys(), ...this.#table.files.paths])
      const message = `${property} names ${quoteName(name)}, which is neither a task nor a file of the graph`
      this.#table.fail({ path: [property, index], message, ...(near === null ? {} : { mend: suggestion(near)! }) })
      return []
    })
    return [...new Set(files)]
  }
}
