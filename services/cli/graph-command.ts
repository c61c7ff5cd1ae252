import { affectedTasks } from '../../machines/graph/affected-tasks.ts'
import { coupling } from '../../machines/graph/coupling.ts'
import type { Engine } from '../embedded/engine.ts'
import { UserError } from '../user-error.ts'
import { existingDirectory } from './existing-directory.ts'
import { affectedLines } from './graph/affected-text.ts'
import { couplingLines } from './graph/coupling-text.ts'
import { criticalPathLines } from './graph/critical-path-text.ts'
import { dotLines } from './graph/dot-lines.ts'
import { findFiles } from './graph/find-files.ts'
import { affectedJson, couplingJson, graphJsonLines, jsonCriticalPath } from './graph/graph-json.ts'
import { mermaidLines } from './graph/mermaid-lines.ts'
import { readWantedGraph, type WantedGraph } from './graph/wanted-graph.ts'
import type { OutputStream } from './output-stream.ts'
import { type PaceableStream, PacedOutput } from './paced-output.ts'

export interface GraphOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  readonly targets: readonly string[]
  /** Absent: dot for the graph, text for a question about it. */
  readonly format?: GraphFormat
  readonly isCriticalPath: boolean
  readonly isCoupling: boolean
  /** Rows of each table of the coupling. */
  readonly top?: number
  /** Files whose change is asked about. */
  readonly affected?: readonly string[]
}

export type GraphFormat = 'dot' | 'mermaid' | 'json'

export interface GraphContext {
  readonly engine: Engine
  readonly stdout: OutputStream & PaceableStream
  readonly stderr: OutputStream
  /** What names of affected files may be relative to. */
  readonly currentDirectory: string
}

const topDefault = 20

/** Prints the build graph, or what is asked about it; changes nothing. Throws {@link UserError}. */
export async function graphCommand(options: GraphOptions, context: GraphContext): Promise<void> {
  checkOptions(options)
  const { engine, stdout, stderr } = context
  const directory = existingDirectory(options.directory)
  const isManifestToo = options.affected !== undefined
  const notice = (line: string) => stderr.write(`${line}\n`)
  const wanted = await readWantedGraph({ ...options, directory, isManifestToo }, engine, notice)
  const out = new PacedOutput(stdout)
  for (const line of linesOf(wanted, options, context)) {
    out.line(line)
    await out.room()
    if (out.isClosed) break
  }
  await out.flushed()
}

function linesOf(wanted: WantedGraph, options: GraphOptions, context: GraphContext): Iterable<string> {
  const { format, isCriticalPath, isCoupling, affected } = options
  if (affected !== undefined) return affectedAnswer(wanted, affected, format, context)
  if (isCriticalPath)
    return format === 'json' ? [JSON.stringify({ criticalPath: jsonCriticalPath(wanted) })] : criticalPathLines(wanted)
  if (isCoupling) {
    const counts = coupling(wanted.use)
    return format === 'json'
      ? [JSON.stringify(couplingJson(counts, wanted, options.top ?? Number.POSITIVE_INFINITY))]
      : couplingLines(counts, wanted, options.top ?? topDefault)
  }
  if (format === 'json') return graphJsonLines(wanted)
  return format === 'mermaid' ? mermaidLines(wanted) : dotLines(wanted)
}

function affectedAnswer(
  wanted: WantedGraph,
  names: readonly string[],
  format: GraphFormat | undefined,
  { currentDirectory }: GraphContext,
): readonly string[] {
  const named = findFiles(names, wanted, currentDirectory)
  const hasReader = (file: number) => {
    let isRead = false
    wanted.use.eachReader(file, () => {
      isRead = true
    })
    return isRead
  }
  const unread = named.filter(({ files }) => !files.some(hasReader))
  const affected = affectedTasks(
    wanted.use,
    named.flatMap(({ files }) => files),
  )
  return format === 'json'
    ? [JSON.stringify(affectedJson(affected, unread, wanted))]
    : affectedLines(affected, unread, wanted)
}

/** Throws {@link UserError} for options that don't go together. */
function checkOptions({ format, isCriticalPath, isCoupling, top, affected }: GraphOptions): void {
  const questions = [
    ['--critical-path', isCriticalPath],
    ['--coupling', isCoupling],
    ['--affected', affected !== undefined],
  ].flatMap(([name, isGiven]) => (isGiven ? [name] : []))
  if (questions.length > 1) throw new UserError(`${questions.join(' and ')} can't be used together`)
  if (questions.length === 1 && (format === 'dot' || format === 'mermaid'))
    throw new UserError(`--format ${format} can't be used with ${questions[0]}: leave it out, or use --format json`)
  if (top !== undefined && !isCoupling) throw new UserError('--top needs --coupling')
}
