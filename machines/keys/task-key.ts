import { type Digest, type FileVersion, sha256Hex } from '../../events/digest.ts'
import type { Surroundings } from '../../events/surroundings.ts'
import type { Task } from '../graph/build-graph.ts'
import type { Roots } from './roots.ts'

/** Raised whenever a key takes in other things than before, so that results of old keys are not found any more. */
const keyVersion = 2

export interface TaskKeyParts {
  readonly task: Task
  readonly outputs: readonly string[]
  /** Declared inputs, as they are now. */
  readonly inputs: readonly FileVersion[]
  readonly surroundings: Surroundings
}

/**
 * Key of all that decides a task's result, but for what it reads beyond its declared inputs: command, response file,
 * working directory and environment, names of outputs, contents of inputs, programs and variables around it. Paths in root-relative
 * form. Lower-case hex SHA-256.
 */
export function taskKey({ task, outputs, inputs, surroundings }: TaskKeyParts, roots: Roots): string {
  const parts: unknown[] = [
    keyVersion,
    task.command === undefined ? null : commandInKey(task.command, roots),
    task.cwd === undefined ? null : roots.toKey(task.cwd),
    task.rspfile === undefined ? null : [roots.toKey(task.rspfile.path), roots.inCommand(task.rspfile.content)],
    Object.entries(task.env ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, roots.inCommand(value)]),
    task.depfile === undefined ? null : roots.toKey(task.depfile),
    task.deps ?? null,
    outputs.map((path) => roots.toKey(path)),
    inputs.map(([path, digest]) => [roots.toKey(path), digest]),
    surroundingsInKey(surroundings, roots),
  ]
  return sha256Hex(JSON.stringify(parts))
}

/** @param versions the files of one read set, in its order, as they are now; `null` digests belong to no action */
export function actionKey(
  taskKey: string,
  versions: readonly { readonly key: string; readonly digest: Digest }[],
  boundTo: readonly string[] | undefined,
): string {
  let text = boundTo === undefined ? taskKey : `${taskKey}\0${boundTo.join('\0')}`
  for (const { key, digest } of versions) text += `\n${key}\0${digest}`
  return sha256Hex(text)
}

function commandInKey(command: NonNullable<Task['command']>, roots: Roots): unknown {
  if ('shell' in command) return roots.inCommand(command.shell)
  return command.argv.map((word) => roots.inCommand(word))
}

/** Surroundings are shared by most tasks of a build. */
const surroundingsKeys = new WeakMap<Surroundings, { readonly roots: Roots; readonly key: string }>()

function surroundingsInKey(surroundings: Surroundings, roots: Roots): string {
  const known = surroundingsKeys.get(surroundings)
  if (known?.roots === roots) return known.key
  const tools = surroundings.tools.map(([path, digest]) => [roots.toKey(path), digest])
  const key = sha256Hex(JSON.stringify([tools, surroundings.variables]))
  surroundingsKeys.set(surroundings, { roots, key })
  return key
}
