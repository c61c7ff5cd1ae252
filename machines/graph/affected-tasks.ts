import type { FileNumber, TaskNumber } from './build-graph.ts'
import type { FileUse } from './file-use.ts'

/**
 * The wanted tasks with a command that a change of the files would make run, if all that they make comes out different:
 * the files' readers, the readers of what those make, and so on, through phony tasks too. In the order of a build.
 */
export function affectedTasks(use: FileUse, files: Iterable<FileNumber>): readonly TaskNumber[] {
  const flags = new Uint8Array(use.places.length)
  const stack: TaskNumber[] = []
  const reach = (task: TaskNumber) => {
    if (flags[task] === 1) return
    flags[task] = 1
    stack.push(task)
  }
  for (const file of files) use.eachReader(file, reach)
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) use.eachDependent(task, reach)
  return [...use.order].filter((task) => flags[task] === 1 && use.tasks.graph.tasks[task]!.command !== undefined)
}
