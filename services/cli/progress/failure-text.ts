import type { Failure } from '../../../events/failure.ts'
import type { TaskAttemptFailed } from '../../../events/task-events.ts'
import type { PlanState } from '../../../machines/build-state.ts'
import type { Paint } from './colour.ts'
import { commandLine } from './task-line.ts'

/**
 * A failed task, as ninja tells it: `FAILED: [code=1] <outputs>`, then the command. In place of the code stands the kind
 * of a failure that was not the command's own, and a line says what happened.
 */
export function failureText({ task, failure }: TaskAttemptFailed, plan: PlanState, paint: Paint): string {
  const command = commandLine(plan.tasks.graph.tasks[task]!)
  const heading = `${paint(['red', 'bold'], 'FAILED:')} ${tag(failure)} ${outputsOf(task, plan)}\n`
  return `${heading}${command === '' ? '' : `${command}\n`}${isPlainExit(failure) ? '' : `${failure.message}\n`}`
}

/** One line on an attempt that failed and is followed by another. */
export function retryText({ task, failure, attempt }: TaskAttemptFailed, plan: PlanState, paint: Paint): string {
  return `${paint('yellow', 'RETRY:')} ${tag(failure)} ${outputsOf(task, plan)} (attempt ${attempt}: ${failure.message})\n`
}

function outputsOf(task: number, plan: PlanState): string {
  return plan.tasks.outputs(task).join(' ') || plan.tasks.graph.tasks[task]!.id
}

function tag({ kind, exitCode }: Failure): string {
  return kind === 'user' && exitCode !== undefined ? `[code=${exitCode}]` : `[${kind}]`
}

/** The command ended by itself: the code says it all. */
function isPlainExit({ kind, exitCode }: Failure): boolean {
  return kind === 'user' && exitCode !== undefined && exitCode <= 128
}
