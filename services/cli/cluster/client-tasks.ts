import { existsSync } from 'node:fs'
import { mentionedFiles } from '../../../machines/commands/mentioned-files.ts'
import type { BuildGraph, Task } from '../../../machines/graph/build-graph.ts'

/** A task that stays on the client, and why, in a few words. */
export interface ClientTask {
  readonly id: string
  readonly because: string
}

/** Directories that workers have of their own. */
const workersOwn = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/dev', '/proc']

/**
 * Tasks that can run only where the client is: on its terminal, those that write the build graph, and those that read files
 * of this machine which are not sent.
 *
 * @param roots absolute paths of what is sent
 */
export function clientTasks({ tasks, files }: BuildGraph, roots: readonly string[]): readonly ClientTask[] {
  const isElsewhere = (path: string) =>
    path.startsWith('/') && ![...roots, ...workersOwn].some((top) => isIn(path, top))
  const answers = new Map<string, boolean>()
  const isHere = (path: string) => {
    let answer = answers.get(path)
    if (answer === undefined) {
      answer = existsSync(path)
      answers.set(path, answer)
    }
    return answer
  }
  const because = (task: Task): string | undefined => {
    const { command, pool, generator, rspfile, cwd, inputs, orderOnly } = task
    if (command === undefined) return undefined
    if (pool === 'console') return 'it has the terminal'
    if (generator) return 'it writes the build graph'
    const read = [...inputs, ...orderOnly].map((file) => files[file]!)
    const path = [...read, ...mentionedFiles(command, rspfile, cwd).paths].find(
      (one) => isElsewhere(one) && isHere(one),
    )
    return path === undefined ? undefined : `it reads ${path}`
  }
  return tasks.flatMap((task): ClientTask[] => {
    const reason = because(task)
    return reason === undefined ? [] : [{ id: task.id, because: reason }]
  })
}

function isIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}
