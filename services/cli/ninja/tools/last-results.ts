import { WorkTree } from '../../../embedded/work-tree.ts'
import type { ToolHost } from './tool.ts'

/** What earlier builds of the directory have left on record. */
export async function lastResults({ openEngine, directory, notice }: ToolHost): Promise<WorkTree> {
  const engine = await openEngine()
  const tree = new WorkTree(directory, engine.sourceTree(directory), engine.log, engine.snapshots)
  for (const line of await tree.load()) notice(`ninja: ${line}`)
  return tree
}
