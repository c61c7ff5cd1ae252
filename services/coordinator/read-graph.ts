import type { GraphReader } from '../../events/build-events.ts'
import { type Digest, digestOf } from '../../events/digest.ts'
import { type BuildGraph, formatGraphError, type GraphResult } from '../../machines/graph/build-graph.ts'
import type { GraphFiles } from './graph-files.ts'
import { readersVersion } from './graph-readers-version.ts'

export interface ReadGraph {
  readonly graph: BuildGraph
  readonly reader: GraphReader
  /** Graph file, relative to the directory or absolute. */
  readonly file: string
  /** Digest of every file that the graph was read from, and of the reader's version: the same one, the same graph. */
  readonly sources: Digest
  readonly warnings: readonly string[]
}

export type ReadGraphResult =
  | { readonly ok: true; readonly read: ReadGraph }
  | { readonly ok: false; readonly message: string }

/** Names looked for when no graph file is given, in this order. */
export const graphFileNames = ['build.ninja', 'millrace.json', 'compile_commands.json'] as const

/** Reads the build graph of a directory, with the reader that its file's name asks for. */
export async function readGraph(files: GraphFiles, named: string | undefined): Promise<ReadGraphResult> {
  const { directory } = files
  const file = named ?? graphFileNames.find((name) => files.has(name))
  if (file === undefined)
    return {
      ok: false,
      message: `${directory}: no build graph here (looked for ${graphFileNames.join(', ')}; name another with -f)`,
    }
  const texts: string[] = [String(readersVersion)]
  const reader = readerOf(file)
  let mistake: string | undefined
  const readText = (path: string): string | null => {
    try {
      const text = files.text(path)
      texts.push(path, text)
      return text
    } catch (error) {
      mistake = `${path}: can't be read (${(error as NodeJS.ErrnoException).code})`
      return null
    }
  }
  const text = readText(file)
  if (text === null) return { ok: false, message: mistake! }
  const result = await readWith(reader, { file, text, directory, readText })
  if (!result.ok) return { ok: false, message: formatGraphError(result.error) }
  const { graph, warnings } = result
  return { ok: true, read: { graph, reader, file, warnings, sources: digestOf(texts.join('\0')) } }
}

export function readerOf(file: string): GraphReader {
  if (!file.endsWith('.json')) return 'ninja'
  return file.endsWith('compile_commands.json') ? 'compile-commands' : 'json'
}

interface Source {
  readonly file: string
  readonly text: string
  readonly directory: string
  readonly readText: (path: string) => string | null
}

/** Each reader is loaded only when it is needed. */
async function readWith(reader: GraphReader, { file, text, directory, readText }: Source): Promise<GraphResult> {
  switch (reader) {
    case 'ninja': {
      const { readNinja } = await import('../../machines/graph/ninja/read-ninja.ts')
      return readNinja({ file, readFile: (path) => (path === file ? text : readText(path)) })
    }
    case 'json': {
      const { readJsonGraph } = await import('../../machines/graph/json/read-json-graph.ts')
      return readJsonGraph({ file, text })
    }
    case 'compile-commands': {
      const { readCompileCommands } = await import('../../machines/graph/json/read-compile-commands.ts')
      return readCompileCommands({ file, text, directory })
    }
  }
}
