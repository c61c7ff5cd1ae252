import type { GraphResult } from '../build-graph.ts'
import { validateGraph } from '../validate-graph.ts'
import { type JsonDocumentForm, locateJsonDefect, parseJsonDocument, quoteName } from './document.ts'
import { buildJsonGraph } from './graph-builder.ts'
import { type JsonGraph, jsonGraphPropertyNames, jsonGraphShape, jsonTaskPropertyNames } from './graph-shape.ts'
import type { JsonPath } from './offset.ts'

/** The text of a JSON graph. */
export interface JsonGraphSource {
  /** Name of the file, for messages. */
  readonly file: string
  readonly text: string
  /** The C++ compiler that tasks with `source_files` run; `c++` by default. */
  readonly compiler?: string
}

/**
 * Reads a JSON graph, the form that `json-graph.schema.json` describes: `{"tasks": [{"id": ...}, ...]}`.
 *
 * Paths are relative to the graph's directory. A task
 * - with `command` runs it; inputs are its `inputs`, `dependencies`, `source_files` and what the tasks in `depends_on`
 *   make; outputs are `output_path` and `outputs`. A string is one line for the shell, an array an argument vector.
 * - with `output_path` and no command runs the C++ compiler: see `compileStep` for the command. Object files and
 *   libraries among `source_files`, `dependencies` and what `depends_on` makes (through groups) are linked.
 * - with neither is a group: a phony task that makes its `id` as a target from what it depends on.
 *
 * Every `depends_on` edge carries content: the task runs after the other one, and again when its outputs changed.
 *
 * Errors: one line each, with the task's id, the property, line and column: not JSON, longer than 256 Mi characters,
 * an unknown or wrong property, unknown or duplicate ids, outputs outside the graph's directory, and what
 * `validateGraph` finds. Of equal keys in one object the last counts, as for `JSON.parse`.
 */
export function readJsonGraph({ file, text, compiler = 'c++' }: JsonGraphSource): GraphResult {
  const document = parseJsonDocument(file, text, form)
  if (!document.ok) return document
  const built = buildJsonGraph(document.value, compiler)
  if (!built.ok) return { ok: false, error: locateJsonDefect(file, text, built.defect) }
  const defect = validateGraph(built.graph)
  if (defect === null) return { ok: true, graph: built.graph, warnings: [] }
  const { task, ...found } = defect
  const path = task === undefined ? [] : ['tasks', task]
  return { ok: false, error: locateJsonDefect(file, text, { ...found, path }) }
}

const form: JsonDocumentForm<JsonGraph> = {
  shape: jsonGraphShape,
  name: 'the graph',
  describe(path, root) {
    const [top, number] = path
    if (top !== 'tasks' || typeof number !== 'number') return { subject: '', property: path }
    return { subject: `task ${nameOf(root as JsonGraph, number)}: `, property: path.slice(2) }
  },
  propertyNames: (path: JsonPath) => (path.length === 0 ? jsonGraphPropertyNames : jsonTaskPropertyNames),
}

/** The task's id in quotes, or its position (from 1) where the id is what is wrong. */
function nameOf(root: { readonly tasks: readonly unknown[] }, number: number): string {
  const task = root.tasks[number]
  const id = typeof task === 'object' && task !== null && 'id' in task ? task.id : undefined
  return typeof id === 'string' && id !== '' ? quoteName(id) : `number ${number + 1}`
}
