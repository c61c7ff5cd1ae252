import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BuildContext, BuildOptions } from '../embedded/build-options.ts'
import { TreePlanner } from '../embedded/tree-planner.ts'
import { WorkTree } from '../embedded/work-tree.ts'
import { Interrupted } from '../interrupted.ts'
import { plannedReasons } from './planned-reasons.ts'
import { taskLine } from './progress/task-line.ts'

/**
 * Prints the commands that would run, and runs nothing. Throws {@link Interrupted}.
 *
 * @param nothing what is printed when none would
 */
export async function dryRun(
  options: BuildOptions,
  { engine, print, signal }: Omit<BuildContext, 'reporter'>,
  nothing = 'nothing to do: everything is up to date',
): Promise<number> {
  const { directory } = options
  const tree = new WorkTree(directory, engine.sourceTree(directory), engine.log, engine.snapshots)
  const planner = new TreePlanner(options, tree, engine)
  await tree.load()
  const read = await planner.readGraph()
  const manifest = await planner.manifestPlan(read)
  const plan = manifest ?? (await planner.plan(read, planner.targets(read)))
  const { toRun } = plan
  const reasonOf = options.isExplaining ? await plannedReasons(plan, tree, engine) : undefined
  // A signal is noticed when the event loop has had its turn.
  await nextTurn()
  if (signal.aborted) throw new Interrupted('interrupted')
  toRun.forEach((task, i) => {
    if (reasonOf !== undefined) print(`${read.graph.tasks[task]!.id}: ${reasonOf(task)}`)
    print(`[${i + 1}/${toRun.length}] ${taskLine(read.graph.tasks[task]!, options.isVerbose)}`)
  })
  if (toRun.length === 0) print(nothing)
  return 0
}
