import type { BuildContext, BuildOptions } from './build-command.ts'
import { taskLine } from './progress/task-line.ts'
import { TreePlanner } from './tree-planner.ts'
import { WorkTree } from './work-tree.ts'

/** Prints the commands that would run, and runs nothing. */
export async function dryRun(options: BuildOptions, { engine, print }: BuildContext): Promise<number> {
  const { directory } = options
  const tree = new WorkTree(directory, engine.sourceTree(directory), engine.log, engine.snapshots)
  const planner = new TreePlanner(options, tree)
  await tree.load()
  const read = await planner.readGraph()
  const manifest = await planner.manifestPlan(read)
  const { toRun } = manifest ?? (await planner.plan(read, planner.targets(read)))
  toRun.forEach((task, i) => {
    print(`[${i + 1}/${toRun.length}] ${taskLine(read.graph.tasks[task]!, options.isVerbose)}`)
  })
  if (toRun.length === 0) print('nothing to do: everything is up to date')
  return 0
}
