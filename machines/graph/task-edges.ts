import type { FileNumber, TaskNumber } from './build-graph.ts'
import type { FileUse } from './file-use.ts'

/**
 * Why a task waits for another: it declares to read what that one makes (`input`), its last run read it without a
 * declaration (`discovered`), or it only has to come later (`order-only`).
 */
export type EdgeKind = 'input' | 'discovered' | 'order-only'

/** Calls `visit` with each wanted task that `task` waits for, once, with the first kind above that holds. */
export function eachEdge(use: FileUse, task: TaskNumber, visit: (maker: TaskNumber, kind: EdgeKind) => void): void {
  const kinds = new Map<TaskNumber, EdgeKind>()
  const add = (file: FileNumber, kind: EdgeKind) => {
    const maker = use.maker(file)
    if (maker !== undefined && !kinds.has(maker)) kinds.set(maker, kind)
  }
  use.eachRead(task, (file, isDiscovered) => add(file, isDiscovered ? 'discovered' : 'input'))
  for (const file of use.tasks.graph.tasks[task]!.orderOnly) add(file, 'order-only')
  for (const [maker, kind] of kinds) visit(maker, kind)
}
