import { type Digest, digestOf } from '../../events/digest.ts'
import type { Task } from '../graph/build-graph.ts'

/**
 * Digest of all that a task's declaration says about how it runs: command, response file, working directory and added
 * environment. Of a generator only the response file counts (ninja: a generator's command may change without a run).
 */
export function commandDigest(task: Task): Digest {
  if (task.generator) return digestOf(JSON.stringify(['generator', task.rspfile?.content ?? null]))
  if (
    task.rspfile === undefined &&
    task.cwd === undefined &&
    task.env === undefined &&
    task.command !== undefined &&
    'shell' in task.command
  )
    return digestOf(task.command.shell)
  return digestOf(
    JSON.stringify([
      task.command ?? null,
      task.rspfile ?? null,
      task.cwd ?? null,
      Object.entries(task.env ?? {}).sort(),
    ]),
  )
}
