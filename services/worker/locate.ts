import type { TaskOrder } from '../../events/task-order.ts'
import { inDirectory } from '../in-directory.ts'

/** Absolute path on this machine of a file of an order, by the path that the build graph or its command writes. */
export type Locate = (path: string) => string

/** Of an order that runs in the client's own directories. */
export function inPlace({ directory }: Pick<TaskOrder, 'directory'>): Locate {
  return (path) => inDirectory(directory, path)
}
