import type { BuildGraph, GraphError, Task } from '../build-graph.ts'
import { edgeToTask } from './edge-to-task.ts'
import { locateError } from './locate-error.ts'
import { ManifestError } from './manifest-error.ts'
import { ManifestState } from './manifest-state.ts'
import { parseManifest } from './parse-manifest.ts'

export interface NinjaSource {
  /** Path of the main manifest, as `readFile` takes it. */
  readonly file: string
  /** A file's text, or null when it can't be read. Paths are as the manifests write them: relative to the graph's folder. */
  readonly readFile: (path: string) => string | null
  /** Variables that are set before the first line; a manifest may set them anew. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface NinjaGraph {
  readonly ok: true
  readonly graph: BuildGraph
  /** One line each; none of them keeps the graph from being built. */
  readonly warnings: readonly string[]
  /** Every file that was read, once: the main manifest, then includes and subninjas in order. */
  readonly manifests: readonly string[]
  /** Where the manifest wants the build's own records kept; absent when it doesn't say. */
  readonly builddir?: string
}

export interface NinjaRefusal {
  readonly ok: false
  readonly error: GraphError
}

export type NinjaResult = NinjaGraph | NinjaRefusal

/**
 * Reads a ninja manifest, and all it includes, into a graph, as ninja 1.12 does
 * (https://ninja-build.org/manual.html#ref_ninja_file). Pure but for `readFile`; the first mistake ends it with one error.
 *
 * Cycles between files are not looked for: ninja, too, finds them only among what is built.
 */
export function readNinja(source: NinjaSource): NinjaResult {
  return refusing(source, () => graphOf(parseNinja(source)))
}

/** What `read` returns; the first mistake in the manifests in its place. */
export function refusing<Read>({ file }: NinjaSource, read: () => Read): Read | NinjaRefusal {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return { ok: false, error: error.located ?? { file, message: error.message } }
  }
}

/** The manifests, read and not yet expanded. Throws ManifestError. */
export function parseNinja({ file, readFile, variables = {} }: NinjaSource): ManifestState {
  const text = readFile(file)
  if (text === null)
    throw new ManifestError("the manifest can't be read", { file, message: "the manifest can't be read" })
  const state = new ManifestState(readFile)
  for (const [name, value] of Object.entries(variables)) state.rootScope.bind(state.variables.number(name), value)
  parseManifest(state, state.rootScope, file, text)
  return state
}

/** The graph of all that was read. Throws ManifestError. */
export function graphOf(state: ManifestState): NinjaGraph {
  const builddir = state.rootScope.lookup(state.variables.number('builddir'))
  return {
    ok: true,
    graph: {
      files: state.files.paths,
      tasks: tasksOf(state),
      pools: Object.fromEntries(state.pools),
      defaults: [...state.defaults],
    },
    warnings: state.warnings,
    manifests: [...state.manifests],
    ...(builddir === '' ? {} : { builddir }),
  }
}

/** Expands every edge, now that all variables have their last values. */
function tasksOf(state: ManifestState): Task[] {
  const tasks: Task[] = []
  for (const edge of state.edges) {
    try {
      tasks.push(edgeToTask(edge, state.evaluator, state.files))
    } catch (error) {
      throw locateError(error, edge.lexer, edge.offset)
    }
  }
  return tasks
}
