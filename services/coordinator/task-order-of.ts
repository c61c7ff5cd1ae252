import type { TaskOrder } from '../../events/task-order.ts'
import type { BuildState } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'

/** The order for one attempt: all that the build graph says of the task that a worker needs. */
export function taskOrder(
  state: BuildState,
  { task, attempt }: Extract<Effect, { type: 'dispatch-task' }>,
  dispatchedAt: number,
): TaskOrder {
  const { plan, request, buildId } = state
  if (plan === undefined || request === undefined) throw new Error('no plan to order a task from')
  const declaration = plan.tasks.graph.tasks[task]!
  const { command, cwd, env, depfile, deps, depsPrefix, rspfile, timeoutMs } = declaration
  return {
    buildId,
    task,
    attempt,
    command: command!,
    directory: request.directory,
    outputs: plan.tasks.outputs(task),
    dispatchedAt,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(depfile === undefined ? {} : { depfile }),
    ...(deps === undefined ? {} : { deps }),
    ...(depsPrefix === undefined ? {} : { depsPrefix }),
    ...(rspfile === undefined ? {} : { rspfile }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(request.reader === 'ninja' ? { outputsOptional: true as const } : {}),
    ...(declaration.pool === 'console' ? { console: true as const } : {}),
  }
}
