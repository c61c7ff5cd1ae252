import type { Digest, FileVersion } from '../../events/digest.ts'
import type { Surroundings } from '../../events/surroundings.ts'
import type { Task } from '../graph/build-graph.ts'
import type { Roots } from './roots.ts'
import { type WordChange, wordChanges, wordsAsWritten } from './word-changes.ts'

/** All that a log tells of what went into one run of a task. */
export interface TaskRun {
  readonly task: Task
  readonly outputs: readonly string[]
  /** Declared inputs. */
  readonly inputs: readonly FileVersion[]
  /** What it read beyond them; absent: it did not come to a good end, and nobody knows. */
  readonly discovered?: readonly FileVersion[]
  /** Absent in logs of format 1. */
  readonly surroundings?: Surroundings
  /** The directories that its files lay in. */
  readonly roots: Roots
}

/**
 * One thing in which two runs of a task differ. Paths are as the later run names them where it does. Of a file, tool or
 * variable `was` and `is` are its digests, `null` where there was nothing of that name; one that is absent says that this
 * run did not ask for it.
 */
export type RunDifference =
  /** What was changed in the command. */
  | { readonly kind: 'command'; readonly changes: readonly WordChange[] }
  | { readonly kind: 'response-file'; readonly changes: readonly WordChange[] }
  /** Working directory, `.` for the graph's own. */
  | { readonly kind: 'directory'; readonly was: string; readonly is: string }
  /** A variable that the build graph sets; `null`: not set. */
  | { readonly kind: 'environment'; readonly name: string; readonly was: string | null; readonly is: string | null }
  | ({ readonly kind: 'tool'; readonly path: string } & ChangedContent)
  | ({ readonly kind: 'variable'; readonly name: string } & ChangedContent)
  | ({ readonly kind: 'input'; readonly path: string } & ChangedContent)
  /** Not declared, but found to be read. */
  | ({ readonly kind: 'discovered'; readonly path: string } & ChangedContent)
  | { readonly kind: 'outputs'; readonly added: readonly string[]; readonly removed: readonly string[] }

interface ChangedContent {
  readonly was?: Digest | null
  readonly is?: Digest | null
}

/**
 * In what two runs of a task differ. Both are held against each other in root-relative form, so that the place of a
 * checkout is no difference. What one of them does not tell (surroundings, what was read) is not compared.
 */
export function differencesBetween(before: TaskRun, after: TaskRun): readonly RunDifference[] {
  const differences: RunDifference[] = []
  const command = wordChanges(commandWords(before), commandWords(after))
  if (command.length > 0) differences.push({ kind: 'command', changes: command })
  const response = wordChanges(responseWords(before), responseWords(after))
  if (response.length > 0) differences.push({ kind: 'response-file', changes: response })
  const [was, is] = [before, after].map(({ task, roots }) => roots.toKey(task.cwd ?? '.')) as [string, string]
  if (was !== is) differences.push({ kind: 'directory', was: before.task.cwd ?? '.', is: after.task.cwd ?? '.' })
  differences.push(...environmentDifferences(before, after))
  if (before.surroundings !== undefined && after.surroundings !== undefined) {
    for (const tool of contentDifferences(before.surroundings.tools, after.surroundings.tools, before, after))
      differences.push({ kind: 'tool', ...tool })
    const variables = changedContents(named(before.surroundings.variables), named(after.surroundings.variables))
    // A variable that is not set is as good as one that was not asked for.
    for (const { path, ...variable } of variables)
      if ((variable.was ?? null) !== (variable.is ?? null))
        differences.push({ kind: 'variable', name: path, ...variable })
  }
  for (const input of contentDifferences(before.inputs, after.inputs, before, after))
    differences.push({ kind: 'input', ...input })
  if (before.discovered !== undefined && after.discovered !== undefined)
    for (const file of contentDifferences(before.discovered, after.discovered, before, after))
      differences.push({ kind: 'discovered', ...file })
  return [...differences, ...outputDifferences(before, after)]
}

/** How far two runs are apart: each word, file, tool and variable counts. */
export function distanceOf(differences: readonly RunDifference[]): number {
  let distance = 0
  for (const difference of differences)
    if (difference.kind === 'command' || difference.kind === 'response-file')
      for (const { removed, added } of difference.changes) distance += Math.max(removed.length, added.length)
    else if (difference.kind === 'outputs') distance += difference.added.length + difference.removed.length
    else distance++
  return distance
}

/** The words of a task's command in root-relative form. */
export function commandWords({ task: { command }, roots }: Pick<TaskRun, 'task' | 'roots'>): readonly string[] {
  if (command === undefined) return []
  const inKey = (text: string) => roots.inCommand(text).join('')
  return 'shell' in command ? wordsAsWritten(inKey(command.shell)) : command.argv.map(inKey)
}

function responseWords({ task: { rspfile }, roots }: TaskRun): readonly string[] {
  return rspfile === undefined ? [] : wordsAsWritten(roots.inCommand(rspfile.content).join(''))
}

function environmentDifferences(before: TaskRun, after: TaskRun): readonly RunDifference[] {
  const [old, now] = [before.task.env ?? {}, after.task.env ?? {}]
  const inKey = ({ roots }: TaskRun, value: string | undefined) => value && roots.inCommand(value).join('')
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => inKey(before, old[name]) !== inKey(after, now[name]))
    .map((name) => ({ kind: 'environment', name, was: old[name] ?? null, is: now[name] ?? null }))
}

function outputDifferences(before: TaskRun, after: TaskRun): readonly RunDifference[] {
  const old = new Set(before.outputs.map((path) => before.roots.toKey(path)))
  const now = new Set(after.outputs.map((path) => after.roots.toKey(path)))
  const added = after.outputs.filter((path) => !old.has(after.roots.toKey(path)))
  const removed = before.outputs.filter((path) => !now.has(before.roots.toKey(path)))
  return added.length + removed.length === 0 ? [] : [{ kind: 'outputs', added, removed }]
}

/** By name in keys: how the run itself calls it, and its content. */
type Contents = ReadonlyMap<string, FileVersion>
type ContentDifference = { readonly path: string } & ChangedContent

function contentDifferences(
  old: readonly FileVersion[],
  now: readonly FileVersion[],
  before: TaskRun,
  after: TaskRun,
): readonly ContentDifference[] {
  const byKey = (versions: readonly FileVersion[], { roots }: TaskRun): Contents =>
    new Map(versions.map((version) => [roots.toKey(version[0]), version]))
  return changedContents(byKey(old, before), byKey(now, after))
}

function named(values: Surroundings['variables']): Contents {
  return new Map(values.map((value) => [value[0], value]))
}

function changedContents(old: Contents, now: Contents): readonly ContentDifference[] {
  const found: ContentDifference[] = []
  for (const [key, [path, is]] of now) {
    const known = old.get(key)
    if (known === undefined) found.push({ path, is })
    else if (known[1] !== is) found.push({ path, was: known[1], is })
  }
  for (const [key, [path, was]] of old) if (!now.has(key)) found.push({ path, was })
  return found
}
