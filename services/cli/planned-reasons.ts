import { describeReason } from '../../events/describe-event.ts'
import type { RunReason } from '../../events/run-reason.ts'
import { TaskLookUp } from '../coordinator/look-up.ts'
import type { SurroundingsContext } from '../coordinator/task-surroundings.ts'
import type { GoodPlan } from '../embedded/tree-planner.ts'
import type { WorkTree } from '../embedded/work-tree.ts'

/**
 * Why a plan's tasks are to run, in a few words each. What waits for others that run first is known only when they have,
 * as they may come out unchanged.
 *
 * @param plan one that was just made: what it looked at is not looked at again
 */
export async function plannedReasons(
  { tasks, toRun }: GoodPlan,
  tree: WorkTree,
  surroundings: Omit<SurroundingsContext, 'tree'>,
): Promise<(task: number) => string> {
  const lookUp = new TaskLookUp(tasks, tree.results, { ...surroundings, tree: tree.files })
  const runs = new Set(toRun)
  const reasons = new Map<number, string>()
  for (const task of toRun) {
    const { reason } = await lookUp.lookUp(task)
    const awaited = reason === null || isOpen(reason) ? awaitedBy(task) : undefined
    if (awaited !== undefined) reasons.set(task, `may run when ${tasks.graph.tasks[awaited]!.id} has`)
    else reasons.set(task, reason === null ? 'may run when more is known of it' : describeReason(reason))
  }
  return (task) => reasons.get(task)!

  /** The file that it speaks of is made again before. */
  function isOpen(reason: RunReason): boolean {
    const maker = reason.kind === 'input-changed' ? tasks.makerOfPath(reason.path) : undefined
    return maker !== undefined && runs.has(maker)
  }

  /** A task that is to run before, directly or behind phony ones. */
  function awaitedBy(task: number): number | undefined {
    const seen = new Set([task])
    for (const waiting of seen) {
      let found: number | undefined
      tasks.eachDependency(waiting, (maker) => {
        if (runs.has(maker)) found ??= maker
        else if (tasks.graph.tasks[maker]!.command === undefined) seen.add(maker)
      })
      if (found !== undefined) return found
    }
    return undefined
  }
}
